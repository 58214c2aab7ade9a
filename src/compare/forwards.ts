import { comparedKeys, textOf } from '../model/forward-values.ts';
import type { Forward, Model } from '../model/model.ts';

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
 * The changes from one list of forwards to another: first the forwards of the new list in their order, then the removed
 * ones. A forward is recognised by its name. If its name is gone, it is recognised by its listens.
 */
export function compareForwards(before: readonly Forward[], after: readonly Forward[]): ForwardComparison {
  // The file that is loaded already, for which there is nothing to look for.
  if (before.length === after.length && before.every((forward, index) => forward === after[index]))
    return { changes: [], unchanged: after.length };
  const partners = partnersOf(before, after);
  const changes = after.flatMap((forward): ForwardChange[] => {
    const partner = partners.get(forward);
    if (partner === undefined) return [{ kind: 'added', forward }];
    const fields = changedFields(partner, forward);
    return fields.length === 0 ? [] : [{ kind: 'changed', before: partner, after: forward, fields }];
  });
  const kept = new Set(partners.values());
  const removed = before
    .filter((forward) => !kept.has(forward))
    .map((forward): ForwardChange => ({ kind: 'removed', forward }));
  return { changes: [...changes, ...removed], unchanged: after.length - changes.length };
}

function partnersOf(before: readonly Forward[], after: readonly Forward[]): Map<Forward, Forward> {
  const partners = pair(before, after, ({ name }) => name);
  const kept = new Set(partners.values());
  const renamed = pair(
    before.filter((forward) => !kept.has(forward)),
    after.filter((forward) => !partners.has(forward)),
    listenKey,
  );
  return new Map([...partners, ...renamed]);
}

/** From the new forward to the old one with the same key. */
function pair(
  before: readonly Forward[],
  after: readonly Forward[],
  keyOf: (forward: Forward) => string,
): Map<Forward, Forward> {
  // As in a first apply: the keys of thousands of forwards would be made for nothing.
  if (before.length === 0 || after.length === 0) return new Map();
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

/** The changes at the top level of the model. */
export const compareSettings = (before: Model, after: Model): FieldChange[] =>
  (['priority', 'forwarding', 'counters'] as const)
    .map((field) => ({ field, before: `${before[field]}`, after: `${after[field]}` }))
    .filter((change) => change.before !== change.after);

export interface FieldChange {
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

/** The order of a list does not count, nor whether the target repeats the port of the listen. */
const changedFields = (before: Forward, after: Forward): FieldChange[] =>
  isWrittenAlike(before, after)
    ? []
    : comparedKeys
        .map((key) => ({ field: key, before: textOf(key, before), after: textOf(key, after) }))
        .filter((change) => change.before !== change.after);

/** True of most forwards of a long list, and much faster than to compare their texts. Their places in the file do not count. */
function isWrittenAlike(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const [values, others] = [one, other] as readonly Readonly<Record<string, unknown>>[];
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => key === 'path' || isWrittenAlike(values?.[key], others?.[key]));
}

/** Two forwards with the same key are the same forward under another name. */
const listenKey = (forward: Forward): string =>
  [forward.family, ...(['protocol', 'listen', 'interface'] as const).map((key) => textOf(key, forward))].join(' ');
