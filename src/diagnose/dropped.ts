import type { Finding } from '../finding/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { isLoopbackListen, type HostBinding } from './binding.ts';
import { allowCommand } from './firewall/allow-command.ts';
import { packetAfter, type Packet } from './firewall/packet.ts';
import { formatChain, formatRule, UNREADABLE, type Chain, type Rule } from './firewall/rule.ts';
import { verdictOf, type Verdict } from './firewall/verdict.ts';
import { formatForwards } from './name-list.ts';

/** The target is on another host: translated packets are routed, through every forward chain. */
export const diagnoseForwardDropped = (bindings: readonly HostBinding[], chains: readonly Chain[]): Finding[] =>
  diagnoseDropped(
    'host/forward-dropped',
    bindings.filter(({ local }) => !local),
    chains.filter(({ type, hook }) => type === 'filter' && hook === 'forward'),
  );

/**
 * The target is on this host: translated packets go through every input chain, with the address and port of the target.
 * So they do in prerouting, behind the place where the kernel translates (fact 9).
 */
export const diagnoseInputDropped = (bindings: readonly HostBinding[], chains: readonly Chain[]): Finding[] =>
  diagnoseDropped(
    'host/input-dropped',
    bindings.filter(({ local }) => local),
    chains.filter(
      ({ type, hook, priority }) =>
        type === 'filter' && (hook === 'input' || (hook === 'prerouting' && priority > -100)),
    ),
  );

interface Loss {
  readonly binding: HostBinding;
  readonly verdict: Verdict;
  /** The chain drops only packets that come in through this interface. Undefined: through every interface. */
  readonly through: string | undefined;
}

/**
 * A packet that one base chain drops is gone, even if every other chain accepts it (fact 10). One finding for each
 * chain covers all forwards; certain losses come first.
 */
const diagnoseDropped = (
  code: 'host/forward-dropped' | 'host/input-dropped',
  bindings: readonly HostBinding[],
  chains: readonly Chain[],
): Finding[] =>
  chains.flatMap((chain) => {
    const byInterface = matchesInterfaces(chain);
    const losses = bindings.flatMap((binding) => lossesOf(binding, chain, byInterface));
    const [certain, uncertain] = [true, false].map((wanted) =>
      losses.filter(({ verdict }) => (verdict.mayAccept === undefined) === wanted),
    );
    return [certain ?? [], uncertain ?? []].flatMap((some) =>
      [...groupBy(some, ({ through }) => through).values()].flatMap((group) => finding(code, chain, group)),
    );
  });

/** What a chain does with the packets of a binding, if it drops them for certain, or may. */
export function lossIn(chain: Chain, binding: HostBinding, packet: Packet): LossText | undefined {
  const verdict = verdictOf(chain, packet);
  if (verdict.action !== 'drop') return undefined;
  const losses = [{ binding, verdict, through: undefined }];
  return {
    certain: verdict.mayAccept === undefined,
    message: textOf(chain, losses, losses[0] as Loss),
    by: verdict.by,
  };
}

interface LossText {
  readonly certain: boolean;
  readonly message: string;
  /** Undefined: the policy drops them. */
  readonly by: Rule | undefined;
}

const matchesInterfaces = ({ rules }: Chain): boolean =>
  [...rules.values()].some((some) =>
    some.some(({ conditions }) => conditions.some(({ about }) => about === 'interface')),
  );

function lossesOf(binding: HostBinding, chain: Chain, byInterface: boolean): Loss[] {
  if (isLoopbackListen(binding) || (chain.family !== 'inet' && chain.family !== binding.forward.family)) return [];
  const packet = packetAfter(binding);
  const verdict = verdictOf(chain, packet);
  if (verdict.action === 'drop')
    return acceptsEach(binding.forward.from, chain, packet) ? [] : [{ binding, verdict, through: undefined }];
  if (!byInterface || verdict.intended === true || packet.comesIn.length > 0) return [];
  return lossesFromOutside(binding, chain, packet);
}

/** A rule for one of the clients may not hold for the others. */
const acceptsEach = (clients: readonly string[], chain: Chain, packet: Packet): boolean =>
  clients.length > 0 && clients.every((source) => verdictOf(chain, { ...packet, source }).action !== 'drop');

/** The chain accepts packets through some interface, but perhaps not through one where clients from outside come in. */
const lossesFromOutside = (binding: HostBinding, chain: Chain, packet: Packet): Loss[] =>
  binding.uplinks
    .filter((name) => name !== packet.leaves)
    .map((through) => ({ binding, verdict: verdictOf(chain, { ...packet, comesIn: [through] }), through }))
    .filter(({ verdict }) => verdict.action === 'drop');

const finding = (code: Finding['code'], chain: Chain, losses: readonly Loss[]): Finding[] =>
  losses.slice(0, 1).map((first) => ({
    code,
    message: textOf(chain, losses, first),
    remedy: allowCommand(
      chain,
      losses.map(({ binding }) => binding),
    ),
    path: first.binding.forward.path,
  }));

function textOf(chain: Chain, losses: readonly Loss[], { verdict, through }: Loss): string {
  const forwards = formatForwards(losses.map(({ binding }) => binding));
  const which = through === undefined ? '' : ` that come in through ${through}`;
  const verb = verdict.mayAccept === undefined ? 'drops' : 'may drop';
  return `${formatChain(chain)} ${verb} packets of ${forwards}${which} (${reason(verdict, losses, chain)}${exception(verdict)})`;
}

function reason({ by, chain: name }: Verdict, losses: readonly Loss[], chain: Chain): string {
  if (by === undefined) return `policy ${chain.policy}`;
  const differ = losses.some(({ verdict }) => verdict.by !== by);
  return `${differ ? 'for example ' : ''}rule${name === chain.name ? '' : ` in ${name}`}: ${formatRule(by)}`;
}

function exception({ mayAccept }: Verdict): string {
  if (mayAccept === undefined) return '';
  return mayAccept === UNREADABLE
    ? ', unless a rule accepts them first; portfwd could not read the rules'
    : `, unless a rule accepts them first, such as: ${formatRule(mayAccept)}`;
}
