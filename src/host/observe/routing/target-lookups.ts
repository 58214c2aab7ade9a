import type { RouteLookup } from '../../../model/routing/route-lookup.ts';
import { routeLookups } from './route-lookups.ts';

/** The kernel's route to each target, with its prefix and all next hops. */
export async function lookUpTargets(targets: readonly string[]): Promise<Readonly<Record<string, RouteLookup>>> {
  const answers = await routeLookups(targets.map((to) => ({ to, fibmatch: true })));
  const lookups: Record<string, RouteLookup> = {};
  for (const [index, answer] of answers.entries()) lookups[targets[index] ?? ''] = answer;
  return lookups;
}
