import { groupBy } from '../model/group-by.ts';
import { elementsOf } from '../nft-json/elements.ts';
import type { Json, NftObject } from '../nft-json/objects.ts';
import { valueText } from '../nft-json/value-text.ts';
import { ruleText } from './rule-text.ts';

/** `added`: the kernel has it and should not. `removed`: the kernel lacks it. */
type Difference = 'added' | 'removed' | 'changed';

export type ObjectDifference =
  /** `detail` tells of a changed one: `prio -100 instead of -105`. */
  | {
      readonly kind: 'object';
      readonly change: Difference;
      readonly what: string;
      readonly name: string;
      readonly detail?: string;
    }
  | { readonly kind: 'rule'; readonly change: 'added' | 'removed'; readonly chain: string; readonly rule: string }
  /** Not one is left of a chain's rules. */
  | { readonly kind: 'all-rules'; readonly change: 'removed'; readonly chain: string; readonly count: number }
  | { readonly kind: 'rule-order'; readonly change: 'changed'; readonly chain: string }
  | { readonly kind: 'element'; readonly change: Difference; readonly set: string; readonly element: string };

/** Two listings by the same nft, object by object. */
export function compareObjects(is: readonly NftObject[], should: readonly NftObject[]): ObjectDifference[] {
  return [...compareNamed(named(is), named(should)), ...compareRules(rulesOf(is), rulesOf(should))];
}

const named = (objects: readonly NftObject[]): Map<string, NftObject> =>
  new Map(
    objects
      .filter(({ kind }) => kind !== 'rule')
      .map((object) => [`${object.kind} ${valueText(object.body['name'])}`, object]),
  );

function compareNamed(is: ReadonlyMap<string, NftObject>, should: ReadonlyMap<string, NftObject>): ObjectDifference[] {
  const gone = [...should].filter(([key]) => !is.has(key)).map(([, object]) => whole(object, 'removed'));
  const others = [...is].flatMap(([key, object]) => {
    const other = should.get(key);
    return other === undefined ? [whole(object, 'added')] : compareBodies(object, other.body);
  });
  return [...gone, ...others];
}

const whole = ({ kind, body }: NftObject, change: Difference): ObjectDifference => ({
  kind: 'object',
  change,
  what: kind,
  name: valueText(body['name']),
});

function compareBodies({ kind, body }: NftObject, should: Json): ObjectDifference[] {
  if (spelling(body) === spelling(should)) return [];
  const name = valueText(body['name']);
  const keys = new Set([...Object.keys(body), ...Object.keys(should)].filter((key) => key !== 'elem'));
  const details = [...keys]
    .filter((key) => key !== 'handle' && spelling(body[key]) !== spelling(should[key]))
    .map((key) => `${key} ${valueText(body[key])} instead of ${valueText(should[key])}`);
  return [
    ...details.map((detail): ObjectDifference => ({ kind: 'object', change: 'changed', what: kind, name, detail })),
    ...compareElements(name, body, should),
  ];
}

function compareElements(set: string, body: Json, should: Json): ObjectDifference[] {
  const [is, meant] = [elementsOf(body), elementsOf(should)];
  const one = (element: string, change: Difference): ObjectDifference => ({ kind: 'element', change, set, element });
  return [
    ...[...meant.keys()].filter((key) => !is.has(key)).map((key) => one(key, 'removed')),
    ...[...is].flatMap(([key, element]) => {
      const other = meant.get(key);
      if (other === undefined) return [one(key, 'added')];
      return spelling([element.data, element.comment]) === spelling([other.data, other.comment])
        ? []
        : [one(key, 'changed')];
    }),
  ];
}

/** `key` tells two rules apart, `text` is for people. */
interface ListedRule {
  readonly key: string;
  readonly text: string;
}

const rulesOf = (objects: readonly NftObject[]): Map<string, readonly ListedRule[]> =>
  new Map(
    [
      ...groupBy(
        objects.filter(({ kind }) => kind === 'rule'),
        ({ body }) => valueText(body['chain']),
      ),
    ].map(([chain, rules]) => [
      chain,
      rules.map(({ body }) => ({ key: spelling([body['expr'], body['comment']]), text: ruleText(body) })),
    ]),
  );

function compareRules(
  is: ReadonlyMap<string, readonly ListedRule[]>,
  should: ReadonlyMap<string, readonly ListedRule[]>,
): ObjectDifference[] {
  return [...new Set([...should.keys(), ...is.keys()])].flatMap((chain): ObjectDifference[] => {
    const [now, meant] = [is.get(chain) ?? [], should.get(chain) ?? []];
    if (now.length === 0 && meant.length > 1)
      return [{ kind: 'all-rules', change: 'removed', chain, count: meant.length }];
    const rule = (change: 'added' | 'removed', { text }: ListedRule): ObjectDifference => ({
      kind: 'rule',
      change,
      chain,
      rule: text,
    });
    const removed = without(meant, now).map((one) => rule('removed', one));
    const added = without(now, meant).map((one) => rule('added', one));
    if (removed.length + added.length > 0) return [...removed, ...added];
    const inOrder = now.every(({ key }, index) => key === meant[index]?.key);
    return inOrder ? [] : [{ kind: 'rule-order', change: 'changed', chain }];
  });
}

/** What is left of a list when each rule of the other is taken out once. */
function without(list: readonly ListedRule[], others: readonly ListedRule[]): ListedRule[] {
  const left = new Map<string, number>();
  for (const { key } of others) left.set(key, (left.get(key) ?? 0) + 1);
  return list.filter(({ key }) => {
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    return count <= 0;
  });
}

/** Without what differs between two loads of one ruleset: handles, what was counted, the order of elements. */
const spelling = (value: unknown): string => JSON.stringify(value, withoutTraces) ?? '';

function withoutTraces(key: string, value: unknown): unknown {
  if (key === 'handle') return undefined;
  // A named counter is a string; one of the rule's own has what it counted.
  if (key === 'counter' && typeof value === 'object') return null;
  if (key === 'elem' && Array.isArray(value)) return value.map((element) => spelling(element)).sort();
  return value;
}
