import { dirname, join } from 'node:path';
import { shellWord } from '../../diagnose/printed-command.ts';
import { Failure } from '../../failure/failure.ts';
import { firstFile } from '../../parse/help/first-file.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import type { Session } from '../session.ts';

/** If the package has no JSON Schema beside the program, as a single executable, the schema is written beside the file. */
export async function init(options: ConfigOptions, session: Session): Promise<ExitCode> {
  const { host } = session;
  const file = configPath(undefined, options, session);
  const installed = host.schema.installed(session.program);
  host.createConfigFile(file, firstFile(installed ?? host.schema.file));
  const named = options.config === undefined ? '' : ` --config ${shellWord(file)}`;
  session.write(`${[`wrote ${file}`, ...(await besides(file, installed, session))].join('\n')}\n`);
  session.write(`next: portfwd add 6000 192.168.0.2:5000${named}, or portfwd edit${named}\n`);
  return EXIT.ok;
}

async function besides(file: string, installed: string | undefined, { host }: Session): Promise<string[]> {
  if (installed !== undefined) return [];
  const path = join(dirname(file), host.schema.file);
  const { fileSchema } = await import('../../parse/json-schema/json-schema.ts');
  try {
    host.createConfigFile(path, `${JSON.stringify(fileSchema(), undefined, 2)}\n`);
    return [`wrote ${path}`];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return []; // It may be there already; the file with the forwards does not depend on it.
  }
}
