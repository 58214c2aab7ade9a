import { SCRIPTS, type Shell } from '../../completion/scripts.ts';
import { EXIT, type ExitCode } from '../../../report/exit-code.ts';
import type { Session } from '../../session.ts';

export async function completion(shell: Shell, _: object, session: Session): Promise<ExitCode> {
  session.write(SCRIPTS[shell]);
  return EXIT.ok;
}
