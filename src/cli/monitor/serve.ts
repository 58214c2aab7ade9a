import { asFailure } from '../../failure/failure.ts';
import type { Endpoint } from '../../host/serve/http-server.ts';
import { formatFamilies, TEXT_FORMAT } from '../../metrics/exposition.ts';
import { familiesOf } from '../../metrics/families.ts';
import type { Session } from '../session.ts';
import { measure } from './measure.ts';

const PATH = '/metrics';

/** Until the process is asked to end. */
export async function serveMetrics(at: Endpoint, file: string, session: Session): Promise<void> {
  const { host, say } = session;
  let running: Promise<string> | undefined;
  /** Requests at the same time get the same text. */
  const text = async (): Promise<string> => {
    running ??= metricsText(file, session).finally(() => (running = undefined));
    return running;
  };
  const server = await host.serve(at, async (path) =>
    path === PATH ? { status: 200, type: TEXT_FORMAT, body: await text() } : NOT_FOUND,
  );
  const stop = host.onInterrupt(server.stop);
  try {
    say({}, () => `portfwd: serving ${server.url}${PATH}`);
    await server.ended;
  } finally {
    stop();
  }
}

const NOT_FOUND = { status: 404, type: 'text/plain; charset=utf-8', body: `portfwd serves ${PATH}\n` } as const;

/** If this host cannot be read, the text says only that: no reader may take earlier values for present ones. */
async function metricsText(file: string, session: Session): Promise<string> {
  try {
    return formatFamilies(familiesOf(await measure(file, session)));
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    session.report.problem(failure);
    return formatFamilies(familiesOf(undefined));
  }
}
