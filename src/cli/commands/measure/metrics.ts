import { formatFamilies } from '../../../metrics/exposition.ts';
import { familiesOf } from '../../../metrics/families.ts';
import type { Endpoint } from '../../../host/serve/http-server.ts';
import { EXIT, type ExitCode } from '../../../report/exit-code.ts';
import { measure } from '../../monitor/measure.ts';
import { serveMetrics } from '../../monitor/serve.ts';
import { configPath, type ConfigOptions } from '../../options.ts';
import type { Session } from '../../session.ts';

interface Options extends ConfigOptions {
  readonly textfile?: string;
  readonly listen?: Endpoint;
}

export async function metrics(options: Options, session: Session): Promise<ExitCode> {
  const file = configPath(undefined, options, session);
  if (options.listen !== undefined) await serveMetrics(options.listen, file, session);
  else if (options.textfile !== undefined) await writeTextfile(options.textfile, file, session);
  else session.write(formatFamilies(familiesOf(await measure(file, session))));
  return EXIT.ok;
}

/** If this host cannot be read, the file says only that: nothing reads its age, and it must not keep earlier values. */
async function writeTextfile(path: string, file: string, session: Session): Promise<void> {
  const { writeTextfile: write } = session.host;
  try {
    write(path, formatFamilies(familiesOf(await measure(file, session))));
  } catch (error) {
    write(path, formatFamilies(familiesOf(undefined)));
    throw error;
  }
}
