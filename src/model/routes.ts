import { longestPrefixes } from './address.ts';
import type { HostFacts } from './host-facts.ts';

/** How the host reaches the addresses of a prefix: directly, or through a router. */
export interface Way {
  readonly prefix: string;
  readonly interface: string;
  readonly via?: string | undefined;
}

/** The ways of the longest prefix that holds the address: several where routers share the load, none where none is known. */
export function waysTo(facts: HostFacts, address: string): readonly Way[] {
  const { byPrefix, find, found } = indexOf(facts);
  const known = found.get(address);
  if (known !== undefined) return known;
  const ways = byPrefix.get(find(address) ?? '') ?? [];
  found.set(address, ways);
  return ways;
}

export const egressOf = (facts: HostFacts, address: string): string | undefined => waysTo(facts, address)[0]?.interface;

/** All that the host knows a way to. */
export const allWays = (facts: HostFacts): readonly Way[] => [...indexOf(facts).byPrefix.values()].flat();

interface Index {
  readonly byPrefix: ReadonlyMap<string, readonly Way[]>;
  readonly find: (address: string) => string | undefined;
  readonly found: Map<string, readonly Way[]>;
}

const indexes = new WeakMap<HostFacts, Index>();

/** Of a prefix that is on-link, what a router may offer besides does not count. */
function indexOf(facts: HostFacts): Index {
  const known = indexes.get(facts);
  if (known !== undefined) return known;
  const byPrefix = new Map<string, Way[]>();
  for (const way of [...facts.onLink, ...(facts.routed ?? [])] as readonly Way[]) {
    const ways = byPrefix.get(way.prefix);
    if (ways === undefined) byPrefix.set(way.prefix, [way]);
    else if (way.via !== undefined && ways[0]?.via !== undefined) ways.push(way);
  }
  const index = { byPrefix, find: longestPrefixes([...byPrefix.keys()]), found: new Map() };
  indexes.set(facts, index);
  return index;
}
