import { elementsOf } from '../nft-json/elements.ts';
import type { Json, NftObject } from '../nft-json/objects.ts';
import { valueText } from '../nft-json/value-text.ts';
import { stableJson } from './stable-json.ts';

/** `added`: only the kernel has it. `removed`: the kernel does not have it. */
type Change = 'added' | 'removed' | 'changed';

/** A chain, set or map of the table, or the table itself. */
export type ObjectDifference =
  /** `detail` says what has changed: `prio -100 instead of -105`. */
  | {
      readonly kind: 'object';
      readonly change: Change;
      readonly what: string;
      readonly name: string;
      readonly detail?: string;
    }
  /** `forward` has this element, if the desired ruleset has it at all. */
  | {
      readonly kind: 'element';
      readonly change: Change;
      readonly set: string;
      readonly element: string;
      readonly forward?: string;
    };

/** Compares two listings by the same nft; rules are not compared. */
export function compareObjects(kernel: readonly NftObject[], desired: readonly NftObject[]): ObjectDifference[] {
  const [found, expected] = [named(kernel), named(desired)];
  const missing = [...expected].filter(([key]) => !found.has(key)).map(([, object]) => whole(object, 'removed'));
  const others = [...found].flatMap(([key, object]) => {
    const other = expected.get(key);
    return other === undefined ? [whole(object, 'added')] : compareBodies(object, other.body);
  });
  return [...missing, ...others];
}

const named = (objects: readonly NftObject[]): Map<string, NftObject> =>
  new Map(
    objects
      .filter(({ kind }) => kind !== 'rule')
      .map((object) => [`${object.kind} ${valueText(object.body['name'])}`, object]),
  );

const whole = ({ kind, body }: NftObject, change: Change): ObjectDifference => ({
  kind: 'object',
  change,
  what: kind,
  name: valueText(body['name']),
});

function compareBodies({ kind, body }: NftObject, expected: Json): ObjectDifference[] {
  if (stableJson(body) === stableJson(expected)) return [];
  const name = valueText(body['name']);
  const keys = new Set([...Object.keys(body), ...Object.keys(expected)].filter((key) => key !== 'elem'));
  const details = [...keys]
    .filter((key) => key !== 'handle' && stableJson(body[key]) !== stableJson(expected[key]))
    .map((key) => `${key} ${valueText(body[key])} instead of ${valueText(expected[key])}`);
  return [
    ...details.map((detail): ObjectDifference => ({ kind: 'object', change: 'changed', what: kind, name, detail })),
    ...compareElements(name, body, expected),
  ];
}

function compareElements(set: string, body: Json, expectedBody: Json): ObjectDifference[] {
  const [found, expected] = [elementsOf(body), elementsOf(expectedBody)];
  const one = (element: string, change: Change): ObjectDifference => ({ kind: 'element', change, set, element });
  return [
    ...[...expected.keys()].filter((key) => !found.has(key)).map((key) => one(key, 'removed')),
    ...[...found].flatMap(([key, { data, comment }]) => {
      const other = expected.get(key);
      if (other === undefined) return [one(key, 'added')];
      return stableJson([data, comment]) === stableJson([other.data, other.comment]) ? [] : [one(key, 'changed')];
    }),
  ];
}
