import type { HostFacts } from '../host-facts.ts';
import { bitsOf } from '../prefix.ts';
import type { HostRoute } from './routes.ts';

/** The routes to a prefix and to parts of it, in the order of the facts. */
export function routesInside(facts: HostFacts, prefix: string): readonly HostRoute[] {
  const sorted = sortedRoutes(facts);
  const start = `${prefix.includes(':') ? 6 : 4}${bitsOf(prefix)}`;
  const found: Entry[] = [];
  for (let at = firstFrom(sorted, start); sorted[at]?.bits.startsWith(start) === true; at += 1)
    found.push(sorted[at] as Entry);
  return found.sort((a, b) => a.order - b.order).map(({ route }) => route);
}

interface Entry {
  readonly bits: string;
  readonly order: number;
  readonly route: HostRoute;
}

const known = new WeakMap<HostFacts, readonly Entry[]>();

/** By the bits of the prefix, so that the parts of a prefix follow it. */
function sortedRoutes(facts: HostFacts): readonly Entry[] {
  const found = known.get(facts);
  if (found !== undefined) return found;
  const routes = [...facts.onLink, ...(facts.routed ?? [])];
  const entries = routes.map((route, order) => ({
    bits: `${route.prefix.includes(':') ? 6 : 4}${bitsOf(route.prefix)}`,
    order,
    route,
  }));
  entries.sort((a, b) => (a.bits < b.bits ? -1 : a.bits > b.bits ? 1 : 0));
  known.set(facts, entries);
  return entries;
}

function firstFrom(sorted: readonly Entry[], bits: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.bits ?? '') < bits) low = middle + 1;
    else high = middle;
  }
  return low;
}
