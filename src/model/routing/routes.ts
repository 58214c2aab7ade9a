import type { HostFacts } from '../host-facts.ts';
import { longestPrefixes } from '../prefix.ts';
import { isFound, type RouteLookup } from './route-lookup.ts';

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
  return lookup === undefined ? ownRoutesTo(facts, address) : hopsOf(lookup);
}

/** How packets of the host itself reach an address. */
export function ownRoutesTo(facts: HostFacts, address: string): readonly HostRoute[] {
  const lookup = facts.lookups?.[address];
  return lookup === undefined || lookup.kind === 'unknown' ? byLongestPrefix(facts, address) : hopsOf(lookup);
}

/** The interface through which the host reaches an address. Undefined if no route is known. */
export const egressOf = (facts: HostFacts, address: string): string | undefined =>
  routesTo(facts, address)[0]?.interface;

const hops = new WeakMap<RouteLookup, readonly HostRoute[]>();

function hopsOf(lookup: RouteLookup): readonly HostRoute[] {
  const known = hops.get(lookup);
  if (known !== undefined) return known;
  const isRoute = isFound(lookup) && lookup.kind === 'unicast';
  const routes = isRoute ? lookup.hops.map((hop) => ({ prefix: lookup.prefix, ...hop })) : [];
  hops.set(lookup, routes);
  return routes;
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

/** If a prefix is on-link, routes to it via a router do not count. */
function indexOf(facts: HostFacts): Index {
  const known = indexes.get(facts);
  if (known !== undefined) return known;
  const byPrefix = new Map<string, HostRoute[]>();
  for (const route of [...facts.onLink, ...(facts.routed ?? [])] as readonly HostRoute[]) {
    const routes = byPrefix.get(route.prefix);
    if (routes === undefined) byPrefix.set(route.prefix, [route]);
    else if (route.via !== undefined && routes[0]?.via !== undefined) routes.push(route);
  }
  const index = { byPrefix, find: longestPrefixes([...byPrefix.keys()]), found: new Map() };
  indexes.set(facts, index);
  return index;
}
