import { allowCommand } from '../../diagnose/firewall/allow-command.ts';
import { packetBefore, type Packet } from '../../diagnose/firewall/packet.ts';
import { formatChain, formatRule, type Chain, type Rule } from '../../diagnose/firewall/rule.ts';
import { partialDrops } from '../../diagnose/firewall/partial-drops.ts';
import { lossIn } from '../../diagnose/dropped.ts';
import type { HostBinding } from '../../diagnose/binding.ts';
import { shellWord } from '../../diagnose/printed-command.ts';
import { formatPorts } from '../../model/model.ts';
import type { Case } from '../case.ts';
import { cause, type Cause, type CauseCode } from '../cause.ts';
import type { Evidence } from '../evidence.ts';
import { countedText } from './counted.ts';
import { markedAfter } from './marked.ts';
import { clientsOf } from './replies.ts';

/** The kernel translates destinations at this priority of prerouting. */
const NAT = -100;

/** Chains that see the packets before portfwd translates them. */
export const droppedBefore = (one: Case, evidence: Evidence): Cause[] =>
  dropsIn(one, 'dropped-before', evidence, {
    isOnWay: ({ hook, priority }) => hook === 'prerouting' && priority <= NAT,
    packetOf: before,
    allow: allowBefore,
  });

export const dropped = (one: Case, evidence: Evidence): Cause[] =>
  dropsIn(one, 'dropped', evidence, {
    isOnWay: ({ hook, priority }) =>
      hook === (one.local ? 'input' : 'forward') || (hook === 'prerouting' && priority > NAT),
    packetOf: markedAfter,
    allow: allowCommand,
  });

export const droppedAfter = (one: Case, evidence: Evidence): Cause[] =>
  one.local
    ? []
    : dropsIn(one, 'dropped-after', evidence, {
        isOnWay: ({ hook }) => hook === 'postrouting',
        packetOf: markedAfter,
        allow: allowCommand,
      });

interface Stage {
  readonly isOnWay: (chain: Chain) => boolean;
  /** As it comes in through an interface, if that is known. */
  readonly packetOf: (binding: HostBinding, chains: readonly Chain[], through: string | undefined) => Packet;
  readonly allow: (chain: Chain, bindings: readonly HostBinding[]) => string;
}

/** In the order in which the chains see a packet. */
function dropsIn(one: Case, code: CauseCode, evidence: Evidence, stage: Stage): Cause[] {
  const { isOnWay, packetOf, allow } = stage;
  const { chains = [] } = evidence;
  const onWay = chains
    .filter((chain) => chain.type === 'filter' && isOnWay(chain))
    .sort((a, b) => hookOrder(a) - hookOrder(b) || a.priority - b.priority);
  const found = onWay.flatMap((chain) => {
    const losses = lossesOf(one, chain, chains, packetOf);
    const certain = losses.filter((loss) => loss.certain);
    const [shown] = certain.length > 0 ? certain : losses;
    if (shown === undefined) return [];
    const isAll = one.arrivals === undefined || one.arrivals.every((name) => certain.some(({ on }) => on.has(name)));
    const where = isAll || shown.through === undefined ? '' : ` that come in through ${shown.through}`;
    return [
      cause(
        code,
        isAll && certain.length > 0 ? 'fault' : 'doubt',
        `${shown.message.replace(/ \(/, `${where} (`)}${countedText(shown.by, evidence)}`,
        allow(
          chain,
          losses.map(({ binding }) => binding),
        ),
      ),
    ];
  });
  return found.length > 0 ? found : mayDrop(one, code, onWay, stage, evidence);
}

/**
 * Rules that drop only some packets, such as those of some clients. They are named if they dropped packets and no client
 * of the forward is known.
 */
function mayDrop(
  one: Case,
  code: CauseCode,
  onWay: readonly Chain[],
  { packetOf }: Stage,
  evidence: Evidence,
): Cause[] {
  const { chains = [] } = evidence;
  const { answered, unanswered, half } = clientsOf(one, evidence);
  if (evidence.flows === undefined || answered + unanswered.length + half.length > 0) return [];
  return onWay.flatMap((chain) => {
    const rules = new Set(one.bindings.flatMap((binding) => partialDrops(chain, packetOf(binding, chains, undefined))));
    const [rule] = [...rules]
      .filter(({ packets = 0 }) => packets > 0)
      .sort((a, b) => (evidence.rises.get(b) ?? 0) - (evidence.rises.get(a) ?? 0));
    if (rule === undefined) return [];
    return [
      cause(
        code,
        evidence.rises.has(rule) ? 'doubt' : 'note',
        `${formatChain(chain)} may drop packets of some clients (rule: ${formatRule(rule)})${countedText(rule, evidence)}`,
        `this shows whether it drops those of the forward: portfwd trace ${shellWord(one.forward.name)}`,
      ),
    ];
  });
}

const before: Stage['packetOf'] = (binding, _, through) => {
  const packet = packetBefore(binding);
  return through === undefined ? packet : { ...packet, comesIn: [through] };
};

const hookOrder = ({ hook }: Chain): number => (hook === 'prerouting' ? 0 : 1);

interface Loss {
  readonly binding: HostBinding;
  readonly certain: boolean;
  readonly message: string;
  readonly through: string | undefined;
  readonly by: Rule | undefined;
  /** The interfaces through which it is lost. */
  readonly on: ReadonlySet<string>;
}

/** One for each binding, with the interfaces of the clients through which it is lost. */
function lossesOf(
  { bindings, arrivals }: Case,
  chain: Chain,
  chains: readonly Chain[],
  packetOf: Stage['packetOf'],
): Loss[] {
  return bindings
    .filter(({ forward }) => chain.family === 'inet' || chain.family === forward.family)
    .flatMap((binding) => {
      const ways = arrivals === undefined || arrivals.length === 0 ? [undefined] : arrivals;
      const found = ways.flatMap((through) => {
        const loss = lossIn(chain, binding, packetOf(binding, chains, through));
        return loss === undefined ? [] : [{ ...loss, through }];
      });
      const certain = found.filter((loss) => loss.certain);
      const some = certain.length > 0 ? certain : found;
      return some.slice(0, 1).map(({ message, through, by }) => ({
        binding,
        certain: certain.length > 0,
        message,
        through,
        by,
        on: new Set(some.flatMap((loss) => loss.through ?? [])),
      }));
    });
}

const PANIC =
  'if its panic mode is not wanted any more, run: firewall-cmd --panic-off; it drops all packets of this host';

/** The packets still have the address and port of the listen there. */
function allowBefore({ family, table, name, command }: Chain, bindings: readonly HostBinding[]): string {
  if (table === 'firewalld_policy_drop') return PANIC;
  const isIptables = command !== 'nft';
  const commands = bindings.map(({ forward, listen, protocol }) => {
    const ports = formatPorts(listen.ports);
    const to = listen.address;
    if (isIptables)
      return `${command} -t ${shellWord(table)} -I ${shellWord(name)} ${to === undefined ? '' : `-d ${to} `}-p ${protocol} --dport ${ports.replace('-', ':')} -j ACCEPT`;
    const address = to === undefined ? 'fib daddr type local' : `${forward.family} daddr ${to}`;
    return `nft insert rule ${family} ${shellWord(table)} ${shellWord(name)} ${address} ${protocol} dport ${ports} accept`;
  });
  return `run: ${[...new Set(commands)].slice(0, 3).join(' && ')}; to keep it, add it to the configuration of the firewall`;
}
