import type { PortRange } from '../../model/model.ts';
import type { HostBinding } from '../binding.ts';
import { packetBefore } from './packet.ts';
import { answerOf, type Chain, type Condition, type Rule } from './rule.ts';

/** A rule of another program that translates ports of forwards. */
export interface NatRule {
  readonly chain: Chain;
  /** The chain of the rule: the base chain, or one that it jumps to. */
  readonly name: string;
  readonly rule: Rule;
  readonly bindings: readonly HostBinding[];
  /** It matches every connection to the ports of the bindings; else some, or it is not known. */
  readonly certain: boolean;
}

/** The rules of these nat chains for ports of the bindings; each once, even if several base chains jump to it. */
export function natRulesFor(bindings: readonly HostBinding[], chains: readonly Chain[]): NatRule[] {
  const seen = new Set<Rule>();
  return chains.flatMap((chain) => rulesIn(chain, bindings)).filter(({ rule }) => !seen.has(rule) && seen.add(rule));
}

const rulesIn = (chain: Chain, bindings: readonly HostBinding[]): NatRule[] =>
  [...reachable(chain)].flatMap((name) =>
    (chain.rules.get(name) ?? [])
      .filter(({ action }) => action.kind === 'translate')
      .map((rule) => ({ rule, some: bindings.filter((binding) => mayTake(rule, chain, binding)) }))
      .filter(({ some }) => some.length > 0)
      .map(({ rule, some }) => ({
        chain,
        name,
        rule,
        bindings: some,
        certain: name === chain.name && takes(rule, some),
      })),
  );

const takes = ({ conditions }: Rule, bindings: readonly HostBinding[]): boolean =>
  bindings.every((binding) => answerOf(conditions, packetBefore(binding)) === true);

/** The rule names a port of the binding, and no condition excludes its packets. */
function mayTake({ conditions }: Rule, chain: Chain, binding: HostBinding): boolean {
  const ports = conditions.flatMap((condition) => condition.ports ?? []);
  if (!ports.some((range) => overlap(range, binding.listen.ports))) return false;
  if (chain.family !== 'inet' && chain.family !== binding.forward.family) return false;
  return answerOf(conditions.filter(isNotInterface), packetBefore(binding)) !== false;
}

/** Connections of this host to itself come in through lo, even if the forward names another interface. */
const isNotInterface = ({ about }: Condition): boolean => about !== 'interface';

const overlap = (a: PortRange, b: PortRange): boolean => a.first <= b.last && b.first <= a.last;

/** The base chain and every chain that it can jump to. */
function reachable(chain: Chain): ReadonlySet<string> {
  const names = new Set([chain.name]);
  for (const name of names) {
    for (const { action } of chain.rules.get(name) ?? [])
      if (action.kind === 'jump' || action.kind === 'goto') names.add(action.chain);
  }
  return names;
}
