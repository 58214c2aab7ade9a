import type { Family } from '../../../model/model.ts';
import type { FoundRoute, RouteLookup } from '../../../model/routing/route-lookup.ts';
import { digitsOf, lastDigits } from './address-digits.ts';

/** Where in the tables of one family there can be routes that matter to targets behind routers. */
export interface Surroundings {
  readonly family: Family;
  /** The digits of the targets, sorted. */
  readonly targets: readonly string[];
  readonly gateways: ReadonlySet<string>;
  /** Sorted. None is inside another one. */
  readonly areas: readonly Area[];
  /** All routes to the targets are in the main table. */
  readonly isMain: boolean;
}

/** A prefix in which routes matter. */
export interface Area {
  readonly prefix: string;
  readonly first: string;
  readonly last: string;
  /** Of the prefix. */
  readonly length: number;
  readonly gateways: ReadonlySet<string>;
  /** If it is the prefix of one known route, and this has one hop. */
  readonly only: Hop | undefined;
}

interface Hop {
  readonly interface: string;
  readonly via?: string | undefined;
}

/** For the families that have a target behind a router. */
export function surroundingsOf(lookups: Readonly<Record<string, RouteLookup>>): readonly Surroundings[] {
  const found: Record<Family, Target[]> = { ip: [], ip6: [] };
  for (const [address, lookup] of Object.entries(lookups))
    if (isBehindRouter(lookup)) found[address.includes(':') ? 'ip6' : 'ip'].push({ digits: digitsOf(address), lookup });
  return (['ip', 'ip6'] as const).flatMap((family) =>
    found[family].length === 0 ? [] : [surroundings(family, found[family])],
  );
}

/** With the areas of wider prefixes that contain targets. */
export function widened(
  { areas, ...rest }: Surroundings,
  wider: readonly { readonly prefix: string; readonly via: string }[],
): Surroundings {
  const all = outermost([...areas, ...wider.map(({ prefix, via }) => areaOf(prefix, [{ via }]))]);
  return { ...rest, areas: all };
}

interface Target {
  readonly digits: string;
  readonly lookup: FoundRoute;
}

/** A default route has no subnet. */
const isBehindRouter = (lookup: RouteLookup): lookup is FoundRoute =>
  lookup.kind === 'unicast' && !lookup.prefix.endsWith('/0') && lookup.hops.some(({ via }) => via !== undefined);

function surroundings(family: Family, found: readonly Target[]): Surroundings {
  const routes = new Map<string, FoundRoute>();
  for (const { lookup } of found) routes.set(`${lookup.prefix} ${wayOf(lookup.hops)}`, lookup);
  const areas = outermost([...routes.values()].map(({ prefix, hops }) => areaOf(prefix, hops)));
  return {
    family,
    targets: [...new Set(found.map(({ digits }) => digits))].sort(),
    gateways: new Set(areas.flatMap(({ gateways }) => [...gateways])),
    areas,
    isMain: found.every(({ lookup }) => lookup.table === 'main'),
  };
}

type Hops = readonly (Hop | Pick<Hop, 'via'>)[];

function areaOf(prefix: string, hops: Hops): Area {
  const slash = prefix.indexOf('/');
  const first = digitsOf(prefix.slice(0, slash));
  const length = Number(prefix.slice(slash + 1));
  const [hop] = hops;
  return {
    prefix,
    first,
    last: lastDigits(first, length),
    length,
    gateways: new Set(hops.flatMap(({ via }) => (via === undefined ? [] : [via]))),
    only: hops.length === 1 && hop !== undefined && 'interface' in hop ? hop : undefined,
  };
}

function wayOf(hops: FoundRoute['hops']): string {
  let text = '';
  for (const { interface: name, via } of hops) text += `${name} ${via} `;
  return text;
}

/** With the gateways of those inside. */
function outermost(areas: readonly Area[]): Area[] {
  const sorted = [...areas].sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last));
  const result: Area[] = [];
  for (const area of sorted) {
    const outer = result.at(-1);
    if (outer === undefined || area.first > outer.last) result.push(area);
    else
      result[result.length - 1] = {
        ...outer,
        gateways: new Set([...outer.gateways, ...area.gateways]),
        only: undefined,
      };
  }
  return result;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
