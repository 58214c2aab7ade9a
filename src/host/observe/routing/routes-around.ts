import { isIP } from 'node:net';
import type { HostFacts } from '../../../model/host-facts.ts';
import type { Family } from '../../../model/model.ts';
import type { RouteLookup, RouteQuery } from '../../../model/routing/route-lookup.ts';
import { addressOf, digitsOf, lastDigits } from './address-digits.ts';
import { surroundingsOf, widened, type Area, type Surroundings } from './areas.ts';
import type { Route } from '../ip-schema.ts';
import { firstFrom } from './first-from.ts';
import { readNearRoutes } from './saved-routes.ts';
import { routeLookups } from './route-lookups.ts';
import { hopOf, prefixOf } from './routes.ts';

type RoutedPrefix = NonNullable<HostFacts['routed']>[number];

/**
 * The routes that tell, beside those of the lookups, which clients a target behind a router answers directly: longer and
 * shorter prefixes via the same router that contain the target, and the parts of these that the host reaches by another
 * route. There may be hundreds of thousands of routes, so they are read only if there is such a target, and only
 * these are kept. `packets`: for those that have a mark or belong to a service.
 */
export const routesAround = async (
  lookups: Readonly<Record<string, RouteLookup>>,
  packets: Packets = {},
): Promise<readonly RoutedPrefix[]> => routesIn(surroundingsOf(lookups), undefined, packets);

type Packets = Pick<RouteQuery, 'mark' | 'service'>;

/** The routes near the targets, which were read already. */
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
  known: readonly Route[] | undefined,
  packets: Packets,
): Promise<readonly RoutedPrefix[]> {
  let kept = keptFrom(known ?? (await readNearRoutes(around)), around);
  const isInside = ({ first, last }: Kept): boolean => last <= (areaAround(around.areas, first)?.last ?? '');
  const wider = kept.filter((route) => !route.isException && !isInside(route));
  if (wider.length > 0) {
    const more = widened(around, wider);
    kept = keptFrom(await readNearRoutes(more), more);
  }
  const isMain = around.isMain && kept.every(({ table }) => table === undefined);
  const valid = isMain ? kept : await confirmed(kept, packets);
  return valid.map(({ prefix, via, interface: name }) => ({ prefix, via, interface: name }));
}

const keptFrom = (routes: readonly Route[], around: Surroundings): Kept[] =>
  routes.flatMap(({ dst, type = 'unicast', table, nexthops = [], ...hop }) =>
    type !== 'unicast' || dst === 'default'
      ? []
      : keptOf(prefixOf(dst), [hop, ...nexthops].flatMap(hopOf), table, around),
  );

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
    if (via === undefined || isIP(via) === 0 || (isInside && isSame(area.only, via, name))) return [];
    const isSupernet = holdsTarget && gateways.has(via);
    const isException = isInside && !(area.gateways.size === 1 && area.gateways.has(via));
    const route = { prefix, via, interface: name, first, last, table, isException: !isSupernet };
    return isSupernet || isException ? [route] : [];
  });
}

const isSame = (only: Area['only'], via: string, name: string): boolean => only?.via === via && only.interface === name;

function areaAround(areas: readonly Area[], digits: string): Area | undefined {
  const area = areas[firstFrom(areas.length, (at) => (areas[at]?.first ?? '') > digits) - 1];
  return area !== undefined && digits <= area.last ? area : undefined;
}

function hasTarget(targets: readonly string[], first: string, length: number): boolean {
  const target = targets[firstFrom(targets.length, (at) => (targets[at] ?? '') >= first)];
  const whole = length >> 2;
  return target !== undefined && target.startsWith(first.slice(0, whole)) && target <= lastDigits(first, length);
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
