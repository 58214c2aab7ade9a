import { groupBy } from '../group-by.ts';
import type { HostFacts } from '../host-facts.ts';
import { networkOf } from '../prefix.ts';
import type { HostRoute } from './routes.ts';

/** The routes to a prefix and to parts of it, in the order of the facts. */
export function routesInside(facts: HostFacts, prefix: string): readonly HostRoute[] {
  const length = lengthOf(prefix);
  const byLength = known.get(facts) ?? new Map<number, ByNetwork>();
  known.set(facts, byLength);
  const routes = byLength.get(length) ?? byNetwork(facts, length);
  byLength.set(length, routes);
  return routes.get(prefix) ?? [];
}

/** The routes inside a prefix. Thousands of prefixes can have the same length, so one pass over the routes is enough. */
type ByNetwork = ReadonlyMap<string, readonly HostRoute[]>;

const known = new WeakMap<HostFacts, Map<number, ByNetwork>>();

const byNetwork = (facts: HostFacts, length: number): ByNetwork =>
  groupBy(
    [...facts.onLink, ...(facts.routed ?? [])].filter(({ prefix }) => lengthOf(prefix) >= length),
    ({ prefix }) => networkOf(prefix.slice(0, prefix.indexOf('/')), length),
  );

const lengthOf = (prefix: string): number => Number(prefix.slice(prefix.indexOf('/') + 1));
