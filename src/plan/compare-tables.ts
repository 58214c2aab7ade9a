import type { Forward } from '../model/model.ts';
import type { Ruleset } from '../ruleset/ruleset.ts';
import { compareLeads, type LeadDifference } from './compare-leads.ts';
import { compareObjects, type ObjectDifference } from './compare-objects.ts';
import { isDispatchMap, leadsOf } from './leads.ts';
import type { Listed } from './listing.ts';
import { ownersOf } from './owners.ts';

/** How the kernel's table differs from what is meant. */
export interface TableDifference {
  readonly leads: readonly LeadDifference[];
  /** What leads nothing: rules, chains, and the elements that decide about masquerading. */
  readonly objects: readonly OwnedDifference[];
}

export type OwnedDifference = ObjectDifference & { readonly forward?: string | undefined };

/** Both listings by the same nft, without markers; the ruleset and the forwards of what is meant. */
export function compareTables(
  kernel: readonly Listed[],
  meant: readonly Listed[],
  ruleset: Ruleset,
  forwards: readonly Forward[],
): TableDifference {
  const found = compareObjects(kernel, meant);
  if (found.length === 0) return { leads: [], objects: [] };
  const owners = ownersOf(ruleset, forwards);
  const leads = compareLeads(leadsOf(kernel), leadsOf(meant), owners);
  const objects = found
    .filter((difference) => !tellsOfLead(difference, leads.length > 0))
    .map((difference) => owned(difference, owners));
  return { leads, objects };
}

/** An element of the dispatch is told by where it leads. */
const tellsOfLead = (difference: ObjectDifference, anyLead: boolean): boolean =>
  anyLead &&
  ((difference.kind === 'element' && isDispatchMap(difference.set)) ||
    (difference.kind === 'object' &&
      difference.what === 'map' &&
      difference.change !== 'changed' &&
      isDispatchMap(difference.name)));

function owned(difference: ObjectDifference, owners: ReadonlyMap<string, string>): OwnedDifference {
  if (difference.kind !== 'element') return difference;
  const forward = owners.get(`${difference.set} ${difference.element}`);
  return forward === undefined ? difference : { ...difference, forward };
}
