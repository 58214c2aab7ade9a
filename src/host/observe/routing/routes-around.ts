import { isIP } from 'node:net';
import type { HostFacts } from '../../../model/host-facts.ts';
import type { Family } from '../../../model/model.ts';
import type { RouteLookup, RouteQuery } from '../../../model/routing/route-lookup.ts';
import { readLines } from '../../process/run.ts';
import { addressOf, digitsOf, lastDigits } from './address-digits.ts';
import { onlyHop, surroundingsOf, widened, type Area, type Surroundings } from './areas.ts';
import { ipJson } from '../ip-json.ts';
import { isPrefix, routeSchema, type Route } from '../ip-schema.ts';
import { matchCommand, OPTION } from './main-routes.ts';
import { routeLookups } from './route-lookups.ts';
import { hopOf, prefixOf } from './routes.ts';

type RoutedPrefix = NonNullable<HostFacts['routed']>[number];

/**
 * The routes that tell, beside those of the lookups, which clients a target behind a router answers directly: longer and
 * shorter prefixes via the same router that contain the target, and the parts of these that the host reaches by another
 * route. There may be hundreds of thousands of routes, so they are read only if there is such a target, line by line, and
 * only these are kept. `packets`: for those that have a mark or belong to a service.
 */
export const routesAround = async (
  lookups: Readonly<Record<string, RouteLookup>>,
  packets: Packets = {},
): Promise<readonly RoutedPrefix[]> => routesIn(surroundingsOf(lookups), undefined, packets);

type Packets = Pick<RouteQuery, 'mark' | 'service'>;

/** Routes that were read already. Those to the prefixes that contain the areas in common are among them. */
type Known = Readonly<Record<Family, readonly Route[]>>;

export const routesIn = async (
  families: readonly Surroundings[],
  known: Known | undefined,
  packets: Packets = {},
): Promise<readonly RoutedPrefix[]> =>
  (await Promise.all(families.map(async (around) => readFamily(around, known?.[around.family], packets)))).flat();

interface Kept extends RoutedPrefix {
  readonly first: string;
  readonly last: string;
  readonly table: string | undefined;
  readonly isException: boolean;
}

async function readFamily(
  around: Surroundings,
  shorter: readonly Route[] | undefined,
  packets: Packets,
): Promise<readonly RoutedPrefix[]> {
  let kept = await readRoutes(around, shorter);
  const isInside = ({ first, last }: Kept): boolean => last <= (areaAround(around.areas, first)?.last ?? '');
  const wider = kept.filter((route) => !route.isException && !isInside(route));
  if (wider.length > 0) {
    const more = widened(around, wider);
    kept = await readRoutes(more, more.common === around.common ? shorter : undefined);
  }
  const isMain = around.isMain && kept.every(({ table }) => table === undefined);
  const valid = isMain ? kept : await confirmed(kept, packets);
  return valid.map(({ prefix, via, interface: name }) => ({ prefix, via, interface: name }));
}

async function readRoutes(around: Surroundings, known: readonly Route[] | undefined): Promise<Kept[]> {
  const { family, areas, common } = around;
  const kept: Kept[] = [];
  const isKnown = knownFrom(areas);
  const isFar = farFrom(around);
  const read = (line: string): void => {
    if (line.startsWith('default') || isKnown(line) || isFar(line)) return;
    const prefix = prefixOf(line.slice(0, line.indexOf(' ')));
    const hops = [...line.matchAll(/\bvia (?:inet6? )?(\S+) dev (\S+)/g)].map(([, via, name = '']) => ({
      via,
      interface: name,
    }));
    if (isPrefix(prefix)) kept.push(...keptOf(prefix, hops, / table (\S+)/.exec(line)?.[1], around));
  };
  const show = ['-o', OPTION[family], 'route', 'show', 'table', 'all', 'type', 'unicast'];
  if (common === undefined) {
    await readLines('ip', show, read);
    return kept;
  }
  const [shorter] = await Promise.all([
    known ?? ipJson([OPTION[family]], [matchCommand(common)], routeSchema),
    readLines('ip', [...show, 'root', common], read),
  ]);
  for (const { dst, type = 'unicast', table, nexthops = [], ...hop } of shorter)
    if (type === 'unicast' && dst !== 'default' && prefixOf(dst) !== common)
      kept.push(...keptOf(prefixOf(dst), [hop, ...nexthops].flatMap(hopOf), table, around));
  return kept;
}

function keptOf(
  prefix: string,
  hops: readonly { readonly interface: string; readonly via?: string | undefined }[],
  table: string | undefined,
  { areas, targets, gateways }: Surroundings,
): Kept[] {
  const slash = prefix.indexOf('/');
  const first = digitsOf(prefix.slice(0, slash));
  const length = Number(prefix.slice(slash + 1));
  const area = areaAround(areas, first);
  const holdsTarget = hasTarget(targets, first, length);
  if (area === undefined && !holdsTarget) return [];
  const last = lastDigits(first, length);
  const isInside = area !== undefined && last <= area.last;
  return hops.flatMap(({ via, interface: name }) => {
    if (via === undefined || isIP(via) === 0 || (isInside && area.only === onlyHop(via, name))) return [];
    const isSupernet = holdsTarget && gateways.has(via);
    const isException = isInside && !(area.gateways.size === 1 && area.gateways.has(via));
    const route = { prefix, via, interface: name, first, last, table, isException: !isSupernet };
    return isSupernet || isException ? [route] : [];
  });
}

/**
 * The lines of routes that the lookups have already, in areas with this one route: a test that is cheap enough for each
 * line of a full internet table.
 */
function knownFrom(areas: readonly Area[]): (line: string) => boolean {
  const known = new Map(
    areas.flatMap(({ prefix, only }) => (only === undefined ? [] : [[prefix.replace(WHOLE, ''), ` ${only}`]])),
  );
  return (line) => {
    const hop = known.get(line.slice(0, line.indexOf(' ')));
    if (hop === undefined) return false;
    const end = line.indexOf(hop) + hop.length;
    return end >= hop.length && (line.length === end || line[end] === ' ') && !line.includes('nexthop');
  };
}

/** ip prints the prefix of a single address without its length. */
const WHOLE = /\/(?:32|128)$/;

/**
 * A test as cheap: its first two bytes of IPv4 or groups of IPv6 belong to no area. Prefixes shorter than these, and
 * addresses shortened within these, are never far.
 */
function farFrom({ family, areas }: Surroundings): (line: string) => boolean {
  const [separator, size] = family === 'ip' ? ['.', 4] : [':', 8];
  const far = new Map<string, boolean>();
  return (line) => {
    const one = line.indexOf(separator);
    const two = line.indexOf(separator, one + 1);
    if (one < 1 || two <= one + 1) return false;
    const head = line.slice(0, two);
    const known = far.get(head) ?? overlapsNone(head, size, areas);
    far.set(head, known);
    return known && lengthOf(line) >= size * 4;
  };
}

function overlapsNone(head: string, size: number, areas: readonly Area[]): boolean {
  const first = digitsOf(size === 4 ? `${head}.0.0` : `${head}::`);
  const next = areas[firstFrom(areas.length, (at) => (areas[at]?.last ?? '') >= first)];
  return next === undefined || next.first > lastDigits(first, size * 4);
}

/** Of the prefix at the start of the line. A single address has none. */
function lengthOf(line: string): number {
  const slash = line.indexOf('/');
  const end = line.indexOf(' ');
  return slash === -1 || slash > end ? Infinity : Number(line.slice(slash + 1, end));
}

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
