import type { Forward } from '../model/model.ts';
import type { Ruleset } from '../ruleset/ruleset.ts';
import { compareLeads, type LeadDifference } from './mappings.ts';
import { compareObjects, type ObjectDifference } from './objects.ts';
import { isDispatchMap, leadsOf } from './read-mappings.ts';
import type { NftObject } from '../nft-json/objects.ts';
import { type ModelPath, formatPath } from '../finding/finding.ts';

/** How the kernel's table differs from what is meant. */
export interface TableDifference {
  readonly leads: readonly LeadDifference[];
  /** What leads nothing: rules, chains, and the elements that decide about masquerading. */
  readonly objects: readonly OwnedDifference[];
}

export type OwnedDifference = ObjectDifference & { readonly forward?: string | undefined };

/** Both listings by the same nft, without markers; the ruleset and the forwards of what is meant. */
export function compareTables(
  kernel: readonly NftObject[],
  meant: readonly NftObject[],
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

/** Which forward an element carries out: `pf_addr4 tcp . 8080` to its name, by the origin that lowering kept. */
function ownersOf({ sets, maps }: Ruleset, forwards: readonly Forward[]): Map<string, string> {
  const names = new Map(forwards.map(({ path, name }) => [formatPath(path), name]));
  return new Map(
    [...sets, ...maps].flatMap((set) =>
      set.elements.flatMap(({ key, origin }): [string, string][] => {
        const name = names.get(formatPath(forwardPath(origin)));
        return name === undefined ? [] : [[`${set.name} ${key.map(partText).join(' . ')}`, name]];
      }),
    ),
  );
}

/** `forwards[2].listen[0]` lies in `forwards[2]`. */
const forwardPath = (origin: ModelPath): ModelPath => origin.slice(0, 2);

type KeyPart = Ruleset['sets'][number]['elements'][number]['key'][number];

/** As nft prints it. */
function partText(part: KeyPart): string {
  if (typeof part !== 'object') return `${part}`;
  return part.kind === 'range' ? `${part.first}-${part.last}` : `${part.address}/${part.length}`;
}
