import type { RouteLookup } from '../../model/route-lookup.ts';
import { routeLookups } from './route-lookups.ts';

/** The kernel's route to each target, with its prefix and all next hops. */
export async function lookUpTargets(targets: readonly string[]): Promise<Readonly<Record<string, RouteLookup>>> {
  const lookups = await routeLookups(targets.map((to) => ({ to, fibmatch: true })));
  return Object.fromEntries(lookups.map((lookup, index) => [targets[index], lookup]));
}
