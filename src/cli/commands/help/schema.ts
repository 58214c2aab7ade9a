import { fileSchema } from '../../../parse/json-schema/json-schema.ts';
import { EXIT, type ExitCode } from '../../../report/exit-code.ts';
import type { Session } from '../../session.ts';

export async function schema(_: object, session: Session): Promise<ExitCode> {
  session.write(`${JSON.stringify(fileSchema(), undefined, 2)}\n`);
  return EXIT.ok;
}
