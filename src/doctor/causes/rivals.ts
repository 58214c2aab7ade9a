import { sameConnections } from '../../diagnose/nat-chain-rival.ts';
import { natRulesFor, type NatRule } from '../../diagnose/firewall/nat-rules.ts';
import { packetBefore } from '../../diagnose/firewall/packet.ts';
import { answerOf, type Chain } from '../../diagnose/firewall/rule.ts';
import type { HostBinding } from '../../diagnose/binding.ts';
import type { Case } from '../case.ts';
import { cause, type Cause, type Level } from '../cause.ts';
import type { Evidence } from '../evidence.ts';

/** A NAT rule of another program for the same ports. The chain with the lower priority comes first and decides. */
export function natRival({ bindings, arrivals }: Case, { chains = [], model, portfwd }: Evidence): Cause[] {
  const { priority } = model;
  const nat = chains.filter(({ type, hook }) => type === 'nat' && hook === 'prerouting');
  const rules = natRulesFor(bindings, nat).sort((a, b) => a.chain.priority - b.chain.priority);
  return rules.map((rule) => {
    const { message, remedy } = sameConnections(rule, priority);
    const first = rule.chain.priority;
    return cause(
      'nat-rival',
      levelOf(rule, priority, bindings, arrivals ?? []),
      message,
      first <= priority && first > LOWEST
        ? `remove one of the two; or, to let the forward come first, write priority: ${first - 1} at the top level of the file and run: ${portfwd('apply')}`
        : remedy,
    );
  });
}

/** The lowest priority that the file can say. */
const LOWEST = -199;

function levelOf(
  { chain, name, rule }: NatRule,
  priority: number,
  bindings: readonly HostBinding[],
  arrivals: readonly string[],
): Level {
  if (chain.priority > priority) return 'note';
  if (chain.priority === priority) return 'doubt';
  const isCertain = bindings.every((binding) => {
    const packet = { ...packetBefore(binding), comesIn: arrivals };
    return answerOf(rule.conditions, packet) === true && isReached(name, chain, packet);
  });
  return isCertain ? 'fault' : 'doubt';
}

/** Some jump to the chain of the rule is taken for certain. A rule before it may still decide. */
function isReached(name: string, chain: Chain, packet: ReturnType<typeof packetBefore>): boolean {
  return (
    name === chain.name ||
    (chain.rules.get(chain.name) ?? []).some(
      ({ conditions, action }) =>
        (action.kind === 'jump' || action.kind === 'goto') &&
        action.chain === name &&
        answerOf(conditions, packet) === true,
    )
  );
}
