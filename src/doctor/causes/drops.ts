import { allowCommand } from '../../diagnose/firewall/allow-command.ts';
import { packetAfter, packetBefore, type Packet } from '../../diagnose/firewall/packet.ts';
import type { Chain } from '../../diagnose/firewall/rule.ts';
import { lossIn } from '../../diagnose/dropped.ts';
import type { HostBinding } from '../../diagnose/binding.ts';
import { shellWord } from '../../diagnose/printed-command.ts';
import { formatPorts } from '../../model/model.ts';
import type { Case } from '../case.ts';
import { cause, type Cause, type CauseCode } from '../cause.ts';
import type { Evidence } from '../evidence.ts';

/** The kernel translates destinations at this priority of prerouting. */
const NAT = -100;

/** Chains that see the packets before portfwd translates them. */
export const droppedBefore = (one: Case, evidence: Evidence): Cause[] =>
  dropsIn(one, 'dropped-before', evidence, {
    isOnWay: ({ hook, priority }) => hook === 'prerouting' && priority <= NAT,
    packetOf: packetBefore,
    allow: allowBefore,
  });

export const dropped = (one: Case, evidence: Evidence): Cause[] =>
  dropsIn(one, 'dropped', evidence, {
    isOnWay: ({ hook, priority }) =>
      hook === (one.local ? 'input' : 'forward') || (hook === 'prerouting' && priority > NAT),
    packetOf: packetAfter,
    allow: allowCommand,
  });

export const droppedAfter = (one: Case, evidence: Evidence): Cause[] =>
  one.local
    ? []
    : dropsIn(one, 'dropped-after', evidence, {
        isOnWay: ({ hook }) => hook === 'postrouting',
        packetOf: packetAfter,
        allow: allowCommand,
      });

interface Stage {
  readonly isOnWay: (chain: Chain) => boolean;
  readonly packetOf: (binding: HostBinding) => Packet;
  readonly allow: (chain: Chain, bindings: readonly HostBinding[]) => string;
}

/** In the order in which the chains see a packet. */
function dropsIn(one: Case, code: CauseCode, { chains = [] }: Evidence, { isOnWay, packetOf, allow }: Stage): Cause[] {
  const onWay = chains
    .filter((chain) => chain.type === 'filter' && isOnWay(chain))
    .sort((a, b) => hookOrder(a) - hookOrder(b) || a.priority - b.priority);
  return onWay.flatMap((chain) => {
    const losses = lossesOf(one, chain, packetOf);
    const certain = losses.filter((loss) => loss.certain);
    const [shown] = certain.length > 0 ? certain : losses;
    if (shown === undefined) return [];
    const isAll = one.arrivals === undefined || one.arrivals.every((name) => certain.some(({ on }) => on.has(name)));
    const where = isAll || shown.through === undefined ? '' : ` that come in through ${shown.through}`;
    return [
      cause(
        code,
        isAll && certain.length > 0 ? 'fault' : 'doubt',
        shown.message.replace(/ \(/, `${where} (`),
        allow(
          chain,
          losses.map(({ binding }) => binding),
        ),
      ),
    ];
  });
}

const hookOrder = ({ hook }: Chain): number => (hook === 'prerouting' ? 0 : 1);

interface Loss {
  readonly binding: HostBinding;
  readonly certain: boolean;
  readonly message: string;
  readonly through: string | undefined;
  /** The interfaces through which it is lost. */
  readonly on: ReadonlySet<string>;
}

/** One for each binding, with the interfaces of the clients through which it is lost. */
function lossesOf({ bindings, arrivals }: Case, chain: Chain, packetOf: Stage['packetOf']): Loss[] {
  return bindings
    .filter(({ forward }) => chain.family === 'inet' || chain.family === forward.family)
    .flatMap((binding) => {
      const ways = arrivals === undefined || arrivals.length === 0 ? [undefined] : arrivals;
      const found = ways.flatMap((through) => {
        const packet = packetOf(binding);
        const loss = lossIn(chain, binding, through === undefined ? packet : { ...packet, comesIn: [through] });
        return loss === undefined ? [] : [{ ...loss, through }];
      });
      const certain = found.filter((loss) => loss.certain);
      const some = certain.length > 0 ? certain : found;
      return some.slice(0, 1).map(({ message, through }) => ({
        binding,
        certain: certain.length > 0,
        message,
        through,
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
