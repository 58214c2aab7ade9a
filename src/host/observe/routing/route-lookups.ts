import * as z from 'zod/mini';
import type { NoRouteKind, RouteLookup, RouteQuery } from '../../../model/routing/route-lookup.ts';
import { Failure } from '../../../failure/failure.ts';
import type { Family } from '../../../model/model.ts';
import { run } from '../../process/run.ts';
import { runToText } from '../../process/run-to-file.ts';
import { jsonIn } from '../../process/read-json.ts';
import { isPrefix, lookupSchema } from '../ip-schema.ts';
import { hopOf, prefixOf } from './routes.ts';
import { serviceWords } from './services.ts';

/**
 * Asks the kernel for routes, as its rules and all its tables decide. One process answers all queries; the answers are in
 * the order of the queries.
 */
export async function routeLookups(queries: readonly RouteQuery[]): Promise<readonly RouteLookup[]> {
  const asked = queries.filter(canAsk);
  const answers = asked.length === 0 ? [] : await ask(asked);
  if (asked.length === queries.length) return answers;
  const next = answers.values();
  return queries.map((query) => (canAsk(query) ? (next.next().value ?? UNKNOWN) : UNKNOWN));
}

const UNKNOWN: RouteLookup = { kind: 'unknown' };

/** In a batch, `#` begins a comment, and quotes and backslashes change the words. */
const canAsk = ({ iif, oif, vrf }: RouteQuery): boolean => isWord(iif) && isWord(oif) && isWord(vrf);

const isWord = (name: string | undefined): boolean => name === undefined || /^[^\s#'"\\]+$/.test(name);

/** ip writes each answer on its own, and Node reads so many small pieces from a pipe much slower than from a file. */
const MANY = 500;

const BATCH = ['-j', '-force', '-batch', '-'];

async function ask(queries: readonly RouteQuery[]): Promise<RouteLookup[]> {
  const input = queries.map((query) => `route get ${wordsOf(query)}\n`).join('');
  const output = queries.length < MANY ? undefined : await emptyIfMissing(runToText('ip', BATCH, input));
  const inFile = output === undefined ? undefined : answersIn(output.content, output.stderr, queries);
  if (inFile !== undefined) return inFile;
  const piped = await emptyIfMissing(run('ip', BATCH, { input }));
  // Each query has exactly one answer, or this ip does not work as expected.
  return answersIn(piped?.stdout ?? '', piped?.stderr ?? '', queries) ?? queries.map(() => UNKNOWN);
}

/** Undefined unless each query has an answer. */
function answersIn(stdout: string, stderr: string, queries: readonly RouteQuery[]): RouteLookup[] | undefined {
  const failures = readFailures(stderr);
  const found = stdout.split('\n').filter((line) => line.startsWith('['));
  if (found.length + failures.size !== queries.length) return undefined;
  const known = { ip: answersOf('ip'), ip6: answersOf('ip6') };
  let next = 0;
  return queries.map((query, index) => {
    const failure = failures.get(index + 1);
    if (failure !== undefined) return { kind: kindOf(failure, query) };
    const line = found[next++] ?? '[]';
    return readRoute(line, known[query.to.includes(':') ? 'ip6' : 'ip']);
  });
}

async function emptyIfMissing<T>(running: Promise<T>): Promise<T | undefined> {
  try {
    return await running;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** Written without loops, because there can be tens of thousands of queries. */
function wordsOf({ to, from, iif, oif, vrf, mark, service, fibmatch }: RouteQuery): string {
  let words = fibmatch === true ? `fibmatch ${to}` : to;
  if (from !== undefined) words += ` from ${from}`;
  if (iif !== undefined) words += ` iif ${iif}`;
  if (oif !== undefined) words += ` oif ${oif}`;
  if (vrf !== undefined) words += ` vrf ${vrf}`;
  if (mark !== undefined) words += ` mark ${mark}`;
  return service === undefined ? words : `${words} ${serviceWords(service)}`;
}

/** The message for each line of the input that failed. `-force` goes on after a failure. */
function readFailures(stderr: string): ReadonlyMap<number, string> {
  const failures = new Map<number, string>();
  let message = '';
  for (const line of stderr.split('\n')) {
    const [, number] = /^Command failed -:(\d+)$/.exec(line) ?? [];
    if (number === undefined) message = line;
    else failures.set(Number(number), message);
  }
  return failures;
}

const KINDS: readonly (readonly [RegExp, NoRouteKind, withIif: NoRouteKind])[] = [
  [/Network is unreachable/, 'none', 'none'],
  [/No route to host/, 'unreachable', 'refused-host'],
  [/Permission denied/, 'prohibit', 'prohibit'],
  // Strict rp_filter: EXDEV, and EINVAL of newer kernels.
  [/Invalid cross-device link/, 'unknown', 'refused-source'],
  [/Invalid argument/, 'blackhole', 'refused-source'],
];

function kindOf(failure: string, { iif }: RouteQuery): NoRouteKind {
  const [, kind, withIif] = KINDS.find(([message]) => message.test(failure)) ?? [];
  return (iif === undefined ? kind : withIif) ?? 'unknown';
}

/** Answers that were read already. */
interface Answers {
  readonly family: Family;
  readonly byLine: Map<string, RouteLookup>;
  /** Those that differ only in the destination. */
  readonly byRest: Map<string, RouteLookup>;
}

const answersOf = (family: Family): Answers => ({ family, byLine: new Map(), byRest: new Map() });

/** Thousands of targets often have one route, or routes that differ only in the destination: each is read once. */
function readRoute(line: string, { family, byLine, byRest }: Answers): RouteLookup {
  const known = byLine.get(line);
  if (known !== undefined) return known;
  const [, start = '', dst, end = ''] = /^(\[\{[^{}]*?"dst":")([\da-f.:]+(?:\/\d+)?)("[^]*)$/.exec(line) ?? [];
  const rest = start + end;
  const other = dst !== undefined && isPrefix(dst) ? byRest.get(rest) : undefined;
  const lookup =
    other === undefined || !('hops' in other) || dst === undefined
      ? readLine(line, family)
      : { ...other, prefix: prefixOf(dst) };
  byLine.set(line, lookup);
  byRest.set(rest, lookup);
  return lookup;
}

const DEFAULT = { ip: '0.0.0.0/0', ip6: '::/0' } as const;

function readLine(line: string, family: Family): RouteLookup {
  const route = z.array(lookupSchema).safeParse(jsonIn(line)).data?.[0];
  if (route === undefined) return UNKNOWN;
  const { type = 'unicast', dst, table = 'main', prefsrc, metrics = [], nexthops = [] } = route;
  const mtu = metrics.find((metric) => metric.mtu !== undefined)?.mtu;
  return {
    kind: type,
    prefix: dst === 'default' ? DEFAULT[family] : prefixOf(dst),
    hops: [route, ...nexthops].flatMap(hopOf),
    table,
    ...(prefsrc === undefined ? {} : { prefsrc }),
    ...(mtu === undefined ? {} : { mtu }),
  };
}
