import { isIP } from 'node:net';
import type { HostFacts } from '../../model/host-facts.ts';
import type { FoundRoute, RouteLookup, RouteQuery } from '../../model/routing/route-lookup.ts';
import { readLines } from '../process/run.ts';
import { addressOf, digitsOf, firstDigits, lastDigits } from './address-digits.ts';
import { routeLookups } from './route-lookups.ts';
import { isPrefix } from './ip-schema.ts';
import { prefixOf } from './routes.ts';

type RoutedPrefix = NonNullable<HostFacts['routed']>[number];

/**
 * The routes that tell which clients a target behind a router answers directly: prefixes via the same router that contain
 * the target, and the parts of these that the host reaches by another route. There may be hundreds of thousands of
 * routes, so they are read only if there is such a target, line by line, and only these are kept. `packets`: for those
 * that have a mark or belong to a service.
 */
export async function routesAround(
  lookups: Readonly<Record<string, RouteLookup>>,
  packets: Packets = {},
): Promise<readonly RoutedPrefix[]> {
  const targets = Object.entries(lookups).flatMap(([address, lookup]) =>
    isBehindRouter(lookup) ? [{ digits: digitsOf(address), lookup }] : [],
  );
  const families = ([8, 32] as const).map(async (length) =>
    readFamily(
      targets.filter(({ digits }) => digits.length === length),
      packets,
    ),
  );
  return (await Promise.all(families)).flat();
}

type Packets = Pick<RouteQuery, 'mark' | 'service'>;

interface RoutedTarget {
  readonly digits: string;
  readonly lookup: FoundRoute;
}

/** A default route has no subnet. */
const isBehindRouter = (lookup: RouteLookup): lookup is FoundRoute =>
  lookup.kind === 'unicast' && !lookup.prefix.endsWith('/0') && lookup.hops.some(({ via }) => via !== undefined);

/** A prefix in which routes matter. */
interface Area {
  readonly first: string;
  readonly last: string;
  readonly gateways: ReadonlySet<string>;
}

interface Kept extends RoutedPrefix {
  readonly first: string;
  readonly last: string;
  readonly table: string | undefined;
  readonly isException: boolean;
}

async function readFamily(targets: readonly RoutedTarget[], packets: Packets): Promise<readonly RoutedPrefix[]> {
  if (targets.length === 0) return [];
  const gateways = new Set(targets.flatMap(({ lookup }) => gatewaysOf(lookup)));
  const sorted = [...new Set(targets.map(({ digits }) => digits))].sort();
  let areas = outermost(targets.map(({ lookup }) => areaOf(lookup.prefix, gatewaysOf(lookup))));
  let kept = await readRoutes(areas, sorted, gateways);
  const wider = kept.filter(({ isException, first }) => !isException && areaAround(areas, first) === undefined);
  if (wider.length > 0) {
    areas = outermost([...areas, ...wider.map(({ prefix, via }) => areaOf(prefix, [via]))]);
    kept = await readRoutes(areas, sorted, gateways);
  }
  const isMain =
    kept.every(({ table }) => table === undefined) && targets.every(({ lookup }) => lookup.table === 'main');
  const valid = isMain ? kept : await confirmed(kept, packets);
  return valid.map(({ prefix, via, interface: name }) => ({ prefix, via, interface: name }));
}

const gatewaysOf = ({ hops }: FoundRoute): string[] => hops.flatMap(({ via }) => (via === undefined ? [] : [via]));

function areaOf(prefix: string, gateways: readonly string[]): Area {
  const [address = '', length] = prefix.split('/');
  const first = digitsOf(address);
  return { first, last: lastDigits(first, Number(length)), gateways: new Set(gateways) };
}

/** Those that are not inside another one, sorted; with the gateways of those inside. */
function outermost(areas: readonly Area[]): Area[] {
  const sorted = [...areas].sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last));
  const result: Area[] = [];
  for (const area of sorted) {
    const outer = result.at(-1);
    if (outer === undefined || area.first > outer.last) result.push(area);
    else result[result.length - 1] = { ...outer, gateways: new Set([...outer.gateways, ...area.gateways]) };
  }
  return result;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function readRoutes(
  areas: readonly Area[],
  targets: readonly string[],
  gateways: ReadonlySet<string>,
): Promise<Kept[]> {
  const option = targets[0]?.length === 8 ? '-4' : '-6';
  const kept: Kept[] = [];
  const isFar = farFrom(areas, targets);
  const read = (line: string): void => {
    if (line.startsWith('default') || isFar(line)) return;
    const prefix = prefixOf(line.slice(0, line.indexOf(' ')));
    const slash = prefix.indexOf('/');
    const first = digitsOf(prefix.slice(0, slash));
    const length = Number(prefix.slice(slash + 1));
    const area = areaAround(areas, first);
    const holdsTarget = hasTarget(targets, first, length);
    if ((area === undefined && !holdsTarget) || !isPrefix(prefix)) return;
    const last = lastDigits(first, length);
    const table = / table (\S+)/.exec(line)?.[1];
    for (const [, via = '', name = ''] of line.matchAll(/\bvia (?:inet6? )?(\S+) dev (\S+)/g)) {
      const isSupernet = holdsTarget && gateways.has(via);
      const isException = area !== undefined && last <= area.last && !isOnlyGateway(area, via);
      if ((isSupernet || isException) && isIP(via) !== 0)
        kept.push({ prefix, via, interface: name, first, last, table, isException: !isSupernet });
    }
  };
  const show = ['-o', option, 'route', 'show', 'table', 'all', 'type', 'unicast'];
  const common = commonPrefix([...areas.flatMap(({ first, last }) => [first, last]), ...targets]);
  const isCommon = (line: string): boolean => line.startsWith(`${common} `);
  await Promise.all(
    common === undefined
      ? [readLines('ip', show, read)]
      : [
          readLines('ip', [...show, 'root', common], read),
          readLines('ip', [...show, 'match', common], (line) => (isCommon(line) ? undefined : read(line))),
        ],
  );
  return kept;
}

/** What ip itself can select by, so that it prints little. Undefined if already the first bits differ. */
function commonPrefix(digits: readonly string[]): string | undefined {
  const [one = ''] = digits;
  let whole = 0;
  while (whole < one.length && digits.every((other) => other[whole] === one[whole])) whole += 1;
  const length = whole * 4 + commonBits(digits.map((other) => Number.parseInt(other[whole] ?? '0', 16)));
  return length === 0 ? undefined : `${addressOf(firstDigits(one, length))}/${length}`;
}

/** How many of their four bits are the same in all digits, from the first on. */
function commonBits(digits: readonly number[]): number {
  const [one = 0] = digits;
  const different = digits.reduce((bits, digit) => bits | (digit ^ one), 0);
  return different === 0 ? 0 : Math.clz32(different) - 28;
}

/**
 * A test that is cheap enough for each line of a full internet table: its first two bytes of IPv4 or groups of IPv6 belong
 * to no area and to no target. Prefixes shorter than these, and addresses shortened within these, are never far.
 */
function farFrom(areas: readonly Area[], targets: readonly string[]): (line: string) => boolean {
  const [separator, size] = targets[0]?.length === 8 ? ['.', 4] : [':', 8];
  const far = new Map<string, boolean>();
  return (line) => {
    const one = line.indexOf(separator);
    const two = line.indexOf(separator, one + 1);
    if (one < 1 || two <= one + 1) return false;
    const head = line.slice(0, two);
    const known = far.get(head) ?? overlapsNone(head, size, areas, targets);
    far.set(head, known);
    return known && lengthOf(line) >= size * 4;
  };
}

function overlapsNone(head: string, size: number, areas: readonly Area[], targets: readonly string[]): boolean {
  const first = digitsOf(size === 4 ? `${head}.0.0` : `${head}::`);
  const last = lastDigits(first, size * 4);
  const next = areas[firstFrom(areas.length, (at) => (areas[at]?.last ?? '') >= first)];
  return (next === undefined || next.first > last) && !hasTarget(targets, first, size * 4);
}

/** Of the prefix at the start of the line. A single address has none. */
function lengthOf(line: string): number {
  const slash = line.indexOf('/');
  const end = line.indexOf(' ');
  return slash === -1 || slash > end ? Infinity : Number(line.slice(slash + 1, end));
}

const isOnlyGateway = ({ gateways }: Area, via: string): boolean => gateways.size === 1 && gateways.has(via);

function areaAround(areas: readonly Area[], digits: string): Area | undefined {
  const area = areas[firstFrom(areas.length, (at) => (areas[at]?.first ?? '') > digits) - 1];
  return area !== undefined && digits <= area.last ? area : undefined;
}

function hasTarget(targets: readonly string[], first: string, length: number): boolean {
  const target = targets[firstFrom(targets.length, (at) => (targets[at] ?? '') >= first)];
  const whole = length >> 2;
  return target !== undefined && target.startsWith(first.slice(0, whole)) && target <= lastDigits(first, length);
}

/** The first index for which `reached` is true, by halving; `size` if there is none. */
function firstFrom(size: number, reached: (at: number) => boolean): number {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reached(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Without routes of tables that the rules do not use for these addresses. */
async function confirmed(kept: readonly Kept[], packets: Packets): Promise<readonly Kept[]> {
  const answers = await routeLookups(
    kept.flatMap(({ first, last }) =>
      [first, last].map((digits) => ({ to: addressOf(digits), ...packets, fibmatch: true })),
    ),
  );
  const isUsed = ({ prefix, isException }: Kept, index: number): boolean =>
    !isException ||
    answers.slice(2 * index, 2 * index + 2).some((answer) => 'prefix' in answer && answer.prefix === prefix);
  return kept.filter(isUsed);
}
