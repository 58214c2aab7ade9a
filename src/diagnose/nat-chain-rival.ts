import type { Finding } from '../finding/finding.ts';
import { formatPorts, type PortRange } from '../model/model.ts';
import type { HostBinding } from './binding.ts';
import { formatForwards } from './names.ts';
import { packetBefore } from './firewall/packet.ts';
import { answerOf, formatChain, type Chain, type Condition, type Rule } from './firewall/rule.ts';

/** Rules that get a finding of their own; the rest is counted. */
const MOST = 5;

interface Rival {
  readonly chain: Chain;
  /** The regular chain that the rule stands in. */
  readonly name: string;
  readonly rule: Rule;
  readonly bindings: readonly HostBinding[];
}

/** A connection is translated once, by the first chain that has a rule for it; the lower priority comes first (fact 8). */
export const diagnoseNatChainRival = (
  bindings: readonly HostBinding[],
  chains: readonly Chain[],
  priority: number,
): Finding[] => {
  const nat = chains.filter(({ type }) => type === 'nat');
  const rivals = nat.flatMap((chain) => rivalsIn(chain, bindings)).filter(isFirstOfItsRule);
  return [
    ...samePriority(nat, bindings, priority),
    ...rivals.slice(0, MOST).map((rival) => meeting(rival, priority)),
    ...rest(rivals),
  ];
};

/** At the same number, whoever registered last comes first: each reload of either turns it around. */
const samePriority = (nat: readonly Chain[], bindings: readonly HostBinding[], priority: number): Finding[] => {
  const equal = nat.filter((chain) => chain.priority === priority && meetsFamily(chain, bindings));
  return equal.slice(0, 1).map(() => ({
    code: 'host/nat-chain-rival',
    message: `${[...new Set(equal.map(formatChain))].join(', ')} ${equal.length === 1 ? 'has' : 'have'} the priority of portfwd's own nat chains, ${priority}: which of them comes first changes with every reload`,
    remedy: 'give portfwd another number under the top-level key priority',
    path: ['priority'],
  }));
};

const meetsFamily = ({ family }: Chain, bindings: readonly HostBinding[]): boolean =>
  bindings.some(({ forward }) => family === 'inet' || family === forward.family);

function rivalsIn(chain: Chain, bindings: readonly HostBinding[]): Rival[] {
  return [...reachable(chain)].flatMap((name) =>
    (chain.rules.get(name) ?? [])
      .filter(({ action }) => action.kind === 'translate')
      .map((rule) => ({ chain, name, rule, bindings: bindings.filter((binding) => takes(rule, chain, binding)) }))
      .filter((rival) => rival.bindings.length > 0),
  );
}

/** Only a rule that asks for a port is held against a forward, and no condition may exclude it. */
function takes({ conditions }: Rule, chain: Chain, binding: HostBinding): boolean {
  const ports = conditions.flatMap((condition) => condition.ports ?? []);
  if (!ports.some((range) => overlap(range, binding.listen.ports))) return false;
  if (chain.family !== 'inet' && chain.family !== binding.forward.family) return false;
  return answerOf(conditions.filter(isNoChoice), packetBefore(binding)) !== false;
}

/** Connections of this host to itself come in through lo. */
const isNoChoice = ({ about }: Condition): boolean => about !== 'interface';

const overlap = (a: PortRange, b: PortRange): boolean => a.first <= b.last && b.first <= a.last;

function reachable(chain: Chain): ReadonlySet<string> {
  const names = new Set([chain.name]);
  for (const name of names) {
    for (const { action } of chain.rules.get(name) ?? [])
      if (action.kind === 'jump' || action.kind === 'goto') names.add(action.chain);
  }
  return names;
}

/** prerouting and output often lead to the same rule. */
const isFirstOfItsRule = ({ rule }: Rival, at: number, rivals: readonly Rival[]): boolean =>
  rivals.findIndex((other) => other.rule === rule) === at;

const meeting = ({ chain, name, bindings }: Rival, priority: number): Finding => ({
  code: 'host/nat-chain-rival',
  message: `${formatChain({ ...chain, name })} translates ${portsOf(bindings)} too, and its chain runs ${order(chain, priority)}`,
  remedy: 'give one of the two another port, or remove one',
  path: bindings[0]?.listen.path ?? [],
});

const portsOf = (bindings: readonly HostBinding[]): string =>
  `${bindings[0]?.protocol} ${formatPorts(bindings[0]?.listen.ports ?? { first: 0, last: 0 })} of ${formatForwards(bindings)}`;

function order(chain: Chain, priority: number): string {
  if (chain.priority === priority) return `at the same priority, ${priority}`;
  const first = chain.priority < priority;
  return `${first ? 'before' : 'after'} portfwd's (priority ${chain.priority} and ${priority}), so ${first ? 'it' : 'the forward'} wins`;
}

const rest = (rivals: readonly Rival[]): Finding[] =>
  rivals.slice(MOST, MOST + 1).map(({ bindings }) => ({
    code: 'host/nat-chain-rival',
    message: `${rivals.length - MOST} more rules of other nat chains translate ports of ${formatForwards(rivals.slice(MOST).flatMap((rival) => rival.bindings))}`,
    remedy: 'see nft list ruleset',
    path: bindings[0]?.listen.path ?? [],
  }));
