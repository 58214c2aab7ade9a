import type { HostFacts } from '../host-facts.ts';
import { longestPrefixes } from '../prefix.ts';
import { isFound, type RouteLookup } from './route-lookup.ts';
import type { Service } from './services.ts';

/** A route of the host to a prefix: direct, or via a router. */
export interface HostRoute {
  readonly prefix: string;
  readonly interface: string;
  readonly via?: string | undefined;
}

/**
 * How packets of clients reach an address: several routes if it is multipath, none if none is known. The kernel's answer
 * counts. Facts without it, as of another host, have prefixes, of which the longest one counts.
 */
export function routesTo(facts: HostFacts, address: string): readonly HostRoute[] {
  const lookup = facts.forwarded?.[address];
  return lookup === undefined ? ownRoutesTo(facts, address) : hopsOf(lookup, facts);
}

/** A way that packets of clients to an address can take. */
export interface Way {
  /** Only packets with this mark take it; 0: those without a mark. */
  readonly mark?: number;
  /** The interfaces through which such packets come in. Undefined: any. */
  readonly interfaces?: readonly string[] | undefined;
  /** An example of the services whose packets take it. Undefined: it does not matter. */
  readonly service?: Service | undefined;
  readonly routes: readonly HostRoute[];
}

/**
 * Several if routing rules select by a mark that some packets have, or by the service. The first one is that of
 * `routesTo`.
 */
export function waysTo(facts: HostFacts, address: string): readonly Way[] {
  const usual = { routes: routesTo(facts, address) };
  const marked =
    facts.marked?.[address]?.map(({ mark, interfaces, service, lookup }): Way => ({
      mark,
      interfaces,
      service,
      routes: hopsOf(lookup, facts),
    })) ?? [];
  const isUsual = ({ routes }: Way): boolean => routes === usual.routes;
  const first = marked.find(isUsual) ?? usual;
  // Each service has a way of its own, also if that is the usual one.
  return [first, ...marked.filter((way) => way !== first && (!isUsual(way) || way.service !== undefined))];
}

/** The kernel's answer for packets of clients, if it was asked. */
export const lookupTo = ({ forwarded, lookups }: HostFacts, address: string): RouteLookup | undefined =>
  forwarded?.[address] ?? lookups?.[address];

/** The facts as they are for packets that take certain routes. */
export const asRouted = (facts: HostFacts, lookups: Readonly<Record<string, RouteLookup>>): HostFacts => ({
  ...facts,
  forwarded: { ...facts.forwarded, ...lookups },
  marked: undefined,
});

/** The interfaces through which packets of clients to an address can leave. */
export const linksTo = (facts: HostFacts, address: string): readonly string[] => [
  ...new Set(waysTo(facts, address).flatMap(({ routes }) => routes.map((route) => route.interface))),
];

/** How packets of the host itself reach an address. */
export function ownRoutesTo(facts: HostFacts, address: string): readonly HostRoute[] {
  const lookup = facts.lookups?.[address];
  return lookup === undefined || lookup.kind === 'unknown' ? byLongestPrefix(facts, address) : hopsOf(lookup, facts);
}

/** The interface through which the host reaches an address. Undefined if no route is known. */
export const egressOf = (facts: HostFacts, address: string): string | undefined =>
  routesTo(facts, address)[0]?.interface;

const hops = new WeakMap<RouteLookup, readonly HostRoute[]>();

/** Equal answers have the same routes, also in facts from a file. Several facts of one host share their prefixes. */
const byContent = new WeakMap<HostFacts['onLink'], Map<string, readonly HostRoute[]>>();

function hopsOf(lookup: RouteLookup, { onLink }: HostFacts): readonly HostRoute[] {
  const known = hops.get(lookup);
  if (known !== undefined) return known;
  const found = byContent.get(onLink) ?? new Map<string, readonly HostRoute[]>();
  byContent.set(onLink, found);
  const content = contentOf(lookup);
  const isRoute = isFound(lookup) && lookup.kind === 'unicast';
  const routes = found.get(content) ?? (isRoute ? lookup.hops.map((hop) => ({ prefix: lookup.prefix, ...hop })) : []);
  found.set(content, routes);
  hops.set(lookup, routes);
  return routes;
}

/** A text for the whole answer. */
function contentOf(lookup: RouteLookup): string {
  if (!isFound(lookup)) return lookup.kind;
  let text = `${lookup.kind} ${lookup.prefix} ${lookup.table} ${lookup.prefsrc} ${lookup.mtu}`;
  for (const { interface: name, via } of lookup.hops) text += ` ${name} ${via}`;
  return text;
}

interface Index {
  readonly byPrefix: ReadonlyMap<string, readonly HostRoute[]>;
  readonly find: (address: string) => string | undefined;
  readonly found: Map<string, readonly HostRoute[]>;
}

const indexes = new WeakMap<HostFacts, Index>();

function byLongestPrefix(facts: HostFacts, address: string): readonly HostRoute[] {
  const { byPrefix, find, found } = indexOf(facts);
  const known = found.get(address);
  if (known !== undefined) return known;
  const routes = byPrefix.get(find(address) ?? '') ?? [];
  found.set(address, routes);
  return routes;
}

/**
 * If a prefix is on-link, routes to it via a router do not count. Of a prefix that the kernel named for a target, its
 * answer counts.
 */
function indexOf(facts: HostFacts): Index {
  const known = indexes.get(facts);
  if (known !== undefined) return known;
  const byPrefix = new Map<string, HostRoute[]>();
  for (const route of [...facts.onLink, ...(facts.routed ?? [])] as readonly HostRoute[]) {
    const routes = byPrefix.get(route.prefix);
    if (routes === undefined) byPrefix.set(route.prefix, [route]);
    else if (route.via !== undefined && routes[0]?.via !== undefined) routes.push(route);
  }
  for (const lookup of [...Object.values(facts.lookups ?? {}), ...Object.values(facts.forwarded ?? {})]) {
    const routes = hopsOf(lookup, facts);
    const [{ prefix, via } = { prefix: '/0' }] = routes;
    const known = byPrefix.get(prefix);
    const isOnLink = known !== undefined && known[0]?.via === undefined;
    if (via !== undefined && !prefix.endsWith('/0') && !isOnLink) byPrefix.set(prefix, [...routes]);
  }
  const index = { byPrefix, find: longestPrefixes([...byPrefix.keys()]), found: new Map() };
  indexes.set(facts, index);
  return index;
}
