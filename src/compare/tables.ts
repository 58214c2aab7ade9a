import type { Forward } from '../model/model.ts';
import type { NftObject } from '../nft-json/objects.ts';
import type { Ruleset } from '../ruleset/ruleset.ts';
import { forwardOfElement } from './forward-of-element.ts';
import { roleOf } from './map-role.ts';
import { compareMappings, type MappingDifference } from './mappings.ts';
import { compareObjects, type ObjectDifference } from './objects.ts';
import { mappingsOf } from './read-mappings.ts';
import { compareRules, type RuleDifference } from './rules.ts';

/** How the kernel's table differs from the desired one. */
export interface TableDifference {
  readonly mappings: readonly MappingDifference[];
  /** Everything else: chains and their rules, and sets and maps without mappings. */
  readonly objects: readonly OtherDifference[];
}

export type OtherDifference = ObjectDifference | RuleDifference;

/** Both listings are of the same nft and without markers; the ruleset and its forwards are the desired ones. */
export function compareTables(
  kernel: readonly NftObject[],
  desired: readonly NftObject[],
  ruleset: Ruleset,
  forwards: readonly Forward[],
): TableDifference {
  const objects = compareObjects(kernel, desired);
  const rules = compareRules(kernel, desired);
  if (objects.length + rules.length === 0) return { mappings: [], objects: [] };
  const forwardOf = forwardOfElement(ruleset, forwards);
  const mappings = compareMappings(mappingsOf(kernel), mappingsOf(desired), forwardOf);
  const others = mappings.length === 0 ? objects : objects.filter((difference) => !isSaidByMappings(difference));
  return { mappings, objects: [...others.map((difference) => withForward(difference, forwardOf)), ...rules] };
}

/** A change of a map with mappings, or of its elements, is in the differences of the mappings already. */
function isSaidByMappings(difference: ObjectDifference): boolean {
  if (difference.kind === 'element') return roleOf(difference.set) !== undefined;
  return difference.what === 'map' && difference.change !== 'changed' && roleOf(difference.name) !== undefined;
}

function withForward(difference: ObjectDifference, forwardOf: ReadonlyMap<string, string>): ObjectDifference {
  if (difference.kind !== 'element') return difference;
  const forward = forwardOf.get(`${difference.set} ${difference.element}`);
  return forward === undefined ? difference : { ...difference, forward };
}
