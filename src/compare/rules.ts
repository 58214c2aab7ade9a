import { groupBy } from '../model/group-by.ts';
import { bodiesOf, type NftObject } from '../nft-json/objects.ts';
import { valueText } from '../nft-json/value-text.ts';
import { ruleText } from '../nft-json/rule-text.ts';
import { stableJson } from './stable-json.ts';

/** `added`: only the kernel has it. `removed`: the kernel does not have it. */
export type RuleDifference =
  | { readonly kind: 'rule'; readonly change: 'added' | 'removed'; readonly chain: string; readonly rule: string }
  /** The chain has no rule any more. */
  | { readonly kind: 'all-rules'; readonly change: 'removed'; readonly chain: string; readonly count: number }
  | { readonly kind: 'rule-order'; readonly change: 'changed'; readonly chain: string };

export function compareRules(kernel: readonly NftObject[], desired: readonly NftObject[]): RuleDifference[] {
  const [found, expected] = [rulesByChain(kernel), rulesByChain(desired)];
  return [...new Set([...expected.keys(), ...found.keys()])].flatMap((chain) =>
    compareChain(chain, found.get(chain) ?? [], expected.get(chain) ?? []),
  );
}

interface ListedRule {
  /** The same for two rules that do the same. */
  readonly key: string;
  readonly text: string;
}

const rulesByChain = (objects: readonly NftObject[]): Map<string, readonly ListedRule[]> =>
  new Map(
    [...groupBy(bodiesOf(objects, 'rule'), ({ chain }) => valueText(chain))].map(([chain, rules]) => [
      chain,
      rules.map((rule) => ({ key: stableJson([rule['expr'], rule['comment']]), text: ruleText(rule) })),
    ]),
  );

function compareChain(
  chain: string,
  found: readonly ListedRule[],
  expected: readonly ListedRule[],
): readonly RuleDifference[] {
  if (found.length === 0 && expected.length > 1)
    return [{ kind: 'all-rules', change: 'removed', chain, count: expected.length }];
  const differences = [
    ...without(expected, found).map(({ text }) => ({ kind: 'rule', change: 'removed', chain, rule: text }) as const),
    ...without(found, expected).map(({ text }) => ({ kind: 'rule', change: 'added', chain, rule: text }) as const),
  ];
  if (differences.length > 0) return differences;
  const inOrder = found.every(({ key }, index) => key === expected[index]?.key);
  return inOrder ? [] : [{ kind: 'rule-order', change: 'changed', chain }];
}

/** The first list, after each rule of the second one has been taken out of it once. */
function without(list: readonly ListedRule[], others: readonly ListedRule[]): ListedRule[] {
  const left = new Map<string, number>();
  for (const { key } of others) left.set(key, (left.get(key) ?? 0) + 1);
  return list.filter(({ key }) => {
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    return count <= 0;
  });
}
