import type { Forward } from '../model/model.ts';
import { changedFields, claimText, type FieldChange } from './forward-fields.ts';

export type ForwardChange =
  | { readonly kind: 'added' | 'removed'; readonly forward: Forward }
  | {
      readonly kind: 'changed';
      readonly before: Forward;
      readonly after: Forward;
      readonly fields: readonly FieldChange[];
    };

export interface ForwardComparison {
  readonly changes: readonly ForwardChange[];
  readonly unchanged: number;
}

/**
 * What leads from one list of forwards to another: those of the new list in their order, then the removed
 * ones. A forward is known by its name and, where that is gone, by what it claims.
 */
export function compareForwards(before: readonly Forward[], after: readonly Forward[]): ForwardComparison {
  const partners = partnersOf(before, after);
  const changes = after.flatMap((forward): ForwardChange[] => {
    const partner = partners.get(forward);
    if (partner === undefined) return [{ kind: 'added', forward }];
    const fields = changedFields(partner, forward);
    return fields.length === 0 ? [] : [{ kind: 'changed', before: partner, after: forward, fields }];
  });
  const met = new Set(partners.values());
  const removed = before
    .filter((forward) => !met.has(forward))
    .map((forward): ForwardChange => ({ kind: 'removed', forward }));
  return { changes: [...changes, ...removed], unchanged: after.length - changes.length };
}

function partnersOf(before: readonly Forward[], after: readonly Forward[]): Map<Forward, Forward> {
  const partners = pair(before, after, ({ name }) => name);
  const met = new Set(partners.values());
  const renamed = pair(
    before.filter((forward) => !met.has(forward)),
    after.filter((forward) => !partners.has(forward)),
    claimText,
  );
  return new Map([...partners, ...renamed]);
}

/** From the new forward to the old one with the same key. */
function pair(
  before: readonly Forward[],
  after: readonly Forward[],
  keyOf: (forward: Forward) => string,
): Map<Forward, Forward> {
  const known = new Map(before.map((forward) => [keyOf(forward), forward]));
  const pairs = new Map<Forward, Forward>();
  for (const forward of after) {
    const key = keyOf(forward);
    const partner = known.get(key);
    if (partner !== undefined) pairs.set(forward, partner);
    known.delete(key);
  }
  return pairs;
}
