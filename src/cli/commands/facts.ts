import { readFacts } from '../../apply/read/read-on-host.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import type { Session } from '../session.ts';

export async function facts(_: unknown, session: Session): Promise<ExitCode> {
  session.write(`${JSON.stringify(await readFacts(session), null, 2)}\n`);
  return EXIT.ok;
}
