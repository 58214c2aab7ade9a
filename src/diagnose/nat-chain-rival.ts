import type { Finding } from '../finding/finding.ts';
import { formatPorts } from '../model/model.ts';
import type { HostBinding } from './binding.ts';
import { natRulesFor, type NatRule } from './firewall/nat-rules.ts';
import { formatChain, formatRule, type Chain } from './firewall/rule.ts';
import { formatForwards } from './name-list.ts';

/** The rules after these are counted in one finding. */
const MAX_RULES = 5;

/** A connection is translated once, by the first chain with a rule for it; lower priorities come first (fact 8). */
export function diagnoseNatChainRival(
  bindings: readonly HostBinding[],
  chains: readonly Chain[],
  priority: number,
): Finding[] {
  const nat = chains.filter(({ type, hook }) => type === 'nat' && hook !== 'postrouting');
  const rules = natRulesFor(bindings, nat);
  return [
    ...samePriority(nat, bindings, priority),
    ...rules.slice(0, MAX_RULES).map((rule) => sameConnections(rule, priority)),
    ...rest(rules.slice(MAX_RULES)),
  ];
}

/** Of two chains with the same priority, the one that was registered last comes first. */
function samePriority(nat: readonly Chain[], bindings: readonly HostBinding[], priority: number): Finding[] {
  const equal = nat.filter((chain) => chain.priority === priority && hasFamily(chain, bindings));
  return equal.slice(0, 1).map(() => ({
    code: 'host/nat-chain-rival',
    message: `${[...new Set(equal.map(formatChain))].join(', ')} ${equal.length === 1 ? 'has' : 'have'} the same priority as the nat chains of portfwd, ${priority}: their order depends on which was loaded last`,
    remedy: 'set the top-level key priority to another number; the lower number comes first',
    path: ['priority'],
  }));
}

const hasFamily = ({ family }: Chain, bindings: readonly HostBinding[]): boolean =>
  bindings.some(({ forward }) => family === 'inet' || family === forward.family);

/** What such a rule means for the forwards. */
export const sameConnections = ({ chain, name, rule, bindings, certain }: NatRule, priority: number): Finding => ({
  code: 'host/nat-chain-rival',
  message: `a NAT rule in ${formatChain({ ...chain, name })} ${certain ? 'also matches' : 'may also match'} ${formatBindings(bindings)} (${formatRule(rule)}): ${order(chain, priority)}`,
  remedy: 'use another port for one of the two, or remove one',
  path: bindings[0]?.listen.path ?? [],
});

/** `tcp 80-81 of forward web` */
function formatBindings(bindings: readonly HostBinding[]): string {
  const [first] = bindings;
  return first === undefined
    ? ''
    : `${first.protocol} ${formatPorts(first.listen.ports)} of ${formatForwards(bindings)}`;
}

function order({ priority }: Chain, ours: number): string {
  if (priority === ours) return `its chain has the same priority as those of portfwd, ${ours}`;
  const comparison = `(priority ${priority}, portfwd ${ours})`;
  return priority < ours
    ? `it comes first ${comparison}, so it wins for the connections that it matches`
    : `it comes later ${comparison}, so the forward wins`;
}

const rest = (rules: readonly NatRule[]): Finding[] =>
  rules.slice(0, 1).map(({ bindings }) => ({
    code: 'host/nat-chain-rival',
    message: `${rules.length} more NAT rules of other programs are for ports of ${formatForwards(rules.flatMap((rule) => rule.bindings))}`,
    remedy: `list them with ${[...new Set(rules.map(({ chain: { command } }) => listCommand(command)))].join(' and ')}`,
    path: bindings[0]?.listen.path ?? [],
  }));

const listCommand = (command: string): string => (command === 'nft' ? 'nft list ruleset' : `${command} -t nat -S`);
