import { readModel } from '../../../apply/read/read-model.ts';
import { findForward } from '../../../edit/find-forward.ts';
import { Failure } from '../../../failure/failure.ts';
import { quote } from '../../../finding/quote.ts';
import { TABLE } from '../../../lower/lower.ts';
import { formatListen, type Forward } from '../../../model/model.ts';
import { parseAddress } from '../../../model/address.ts';
import { isPrefix } from '../../../model/prefix.ts';
import { EXIT, type ExitCode } from '../../../report/exit-code.ts';
import type { TracedListen } from '../../../trace/table.ts';
import { candidates } from '../../change/pick-forward.ts';
import { connectionJson, formatConnection, type TracedConnection } from '../../format/trace/traced-connection.ts';
import { formatStart, formatSummary } from '../../format/trace/traced-summary.ts';
import { configPath, type ConfigOptions } from '../../options.ts';
import { printFindings } from '../../print-findings.ts';
import type { Session } from '../../session.ts';
import { usageError } from '../../usage-error.ts';
import { followConnections } from '../../kernel/follow-connections.ts';

interface Options extends ConfigOptions {
  readonly from?: string;
  readonly count: number;
  readonly seconds: number;
}

export async function trace(word: string, options: Options, session: Session): Promise<ExitCode> {
  const from = options.from === undefined ? undefined : clientsIn(options.from);
  if (options.from !== undefined && from === undefined)
    return usageError(`--from: ${quote(options.from)} is neither an address nor a prefix without host bits`, session);
  const reading = async () => readModel(configPath(undefined, options, session), async () => undefined, session.host);
  const read = await reading();
  const { model, file } = read;
  if (model === undefined) {
    printFindings(read, session);
    return EXIT.findings;
  }
  const named = namedBy(word, model.forwards, file);
  const listens = from === undefined ? named : named.filter(({ family }) => family === familyOf(from));
  if (listens.length === 0)
    return usageError(`--from: ${from} is of another address family than ${quote(word)}`, session);
  const { host, say } = session;
  if ((await host.nft.chainNames(TABLE.name)).length === 0) say({ messages: [NOT_LOADED] }, () => NOT_LOADED);
  const { count, seconds } = options;
  const about = { word, listens, from, count, seconds };
  const { forwards } = model;
  const readForwards = async () => forwardsNow(reading, forwards);
  const result = await followConnections(
    { listens, from, count, seconds, forwards, readForwards },
    {
      started: () => say({}, () => formatStart(about)),
      found: (connection) => {
        if (!session.json) session.print({}, () => formatConnection(connection));
      },
    },
    session,
  );
  session.print(
    { file, forward: word, from: from ?? null, ...result, connections: result.connections.map(connectionJson) },
    () => formatSummary(about, result),
  );
  return result.connections.length > 0 && result.connections.every(isFine) ? EXIT.ok : EXIT.findings;
}

/** A file that has errors or cannot be read now is not what the trace is about. */
async function forwardsNow(
  reading: () => Promise<{ readonly model?: { readonly forwards: readonly Forward[] } }>,
  before: readonly Forward[],
): Promise<readonly Forward[]> {
  try {
    return (await reading()).model?.forwards ?? before;
  } catch (error) {
    if (error instanceof Failure) return before;
    throw error;
  }
}

const NOT_LOADED = 'portfwd: warning: no forwards are loaded in this kernel; load them with portfwd apply';

const isFine = ({ verdict, forward }: TracedConnection): boolean =>
  verdict.kind === 'answered' && forward !== undefined;

const clientsIn = (text: string): string | undefined => parseAddress(text)?.text ?? (isPrefix(text) ? text : undefined);

const familyOf = (prefix: string): Forward['family'] => (prefix.includes(':') ? 'ip6' : 'ip');

/** All listens of a forward, or only the one that the word is. Throws `no-forward`. */
function namedBy(word: string, forwards: readonly Forward[], file: string): readonly TracedListen[] {
  const { indexes, isPart } = findForward(word, forwards);
  const named = indexes.flatMap((index) => forwards[index] ?? []);
  if (named.length === 0)
    throw new Failure(
      'no-forward',
      `${file} has no forward ${quote(word)}`,
      forwards.length === 0 ? 'add one with portfwd add' : `name one of these: ${candidates(word, forwards)}`,
    );
  const all = named.flatMap(({ family, protocols, listens }) =>
    listens.map((listen): TracedListen => ({ family, protocols, listen })),
  );
  const only = isPart ? all.filter(({ family, listen }) => formatListen(listen, family) === word) : all;
  return only.length === 0 ? all : only;
}
