import type { Finding } from '../finding/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { allowCommand } from './firewall/allow-command.ts';
import { isLoopbackListen, type HostBinding } from './binding.ts';
import { fateOf } from './firewall/verdict.ts';
import { formatForwards } from './names.ts';
import { packetAfter, type Packet } from './firewall/packet.ts';
import { formatChain, type Chain } from './firewall/rule.ts';

interface Loss {
  readonly binding: HostBinding;
  readonly by: string;
  readonly unsure: boolean;
  /** Only what comes in there; undefined: wherever it comes in. */
  readonly through: string | undefined;
}

/**
 * What the chain of another table drops stays dropped, whatever ours accept (fact 10). One finding for each
 * chain, about all forwards that it hurts.
 */
const diagnoseDropped = (
  code: 'host/forward-dropped' | 'host/input-dropped',
  bindings: readonly HostBinding[],
  chains: readonly Chain[],
): Finding[] =>
  chains.flatMap((chain) => {
    const uplinksMatter = asksForInterfaces(chain);
    const lost = groupBy(
      bindings.flatMap((binding) => lossesOf(binding, chain, uplinksMatter)),
      ({ unsure, through }) => `${unsure} ${through}`,
    );
    return [...lost.values()].sort(sureFirst).flatMap((some) => finding(code, chain, some));
  });

const sureFirst = ([a]: readonly Loss[], [b]: readonly Loss[]): number => Number(a?.unsure) - Number(b?.unsure);

/** Where no rule does, all that comes in fares alike. */
const asksForInterfaces = ({ rules }: Chain): boolean =>
  [...rules.values()].some((some) =>
    some.some(({ conditions }) => conditions.some(({ about }) => about === 'interface')),
  );

function lossesOf(binding: HostBinding, chain: Chain, uplinksMatter: boolean): Loss[] {
  if (isLoopbackListen(binding) || (chain.family !== 'inet' && chain.family !== binding.forward.family)) return [];
  const packet = packetAfter(binding);
  const { verdict, by, unsure, meant } = fateOf(chain, packet);
  if (verdict === 'drop') return [{ binding, by, unsure, through: undefined }];
  if (!uplinksMatter || meant === true || packet.comesIn.length > 0) return [];
  return lossesFromOutside(binding, chain, packet);
}

/** Some come in elsewhere and get through; who comes from outside does not. */
const lossesFromOutside = (binding: HostBinding, chain: Chain, packet: Packet): Loss[] =>
  binding.uplinks
    .filter((name) => name !== packet.leaves)
    .flatMap((name) => {
      const { verdict, by, unsure } = fateOf(chain, { ...packet, comesIn: [name] });
      return verdict === 'drop' ? [{ binding, by, unsure, through: name }] : [];
    });

const finding = (code: Finding['code'], chain: Chain, lost: readonly Loss[]): Finding[] =>
  lost.slice(0, 1).map(({ binding, by, unsure, through }) => {
    const bindings = lost.map((loss) => loss.binding);
    const what = through === undefined ? 'what comes in' : `what comes in through ${through}`;
    const message = `${formatChain(chain)} drops ${what} for ${formatForwards(bindings)} (${reason(by, chain)})`;
    return {
      code,
      message: unsure ? `${message}, but for what one of its own rules lets through` : message,
      remedy: allowCommand(chain, bindings),
      path: binding.forward.path,
    };
  });

function reason(by: string, chain: Chain): string {
  if (by !== chain.name) return `a rule of ${by}`;
  return chain.policy === 'drop' ? 'its policy is drop' : 'a rule of its own';
}

/** A target on another host: the translated packet is routed, through every forward chain there is. */
export const diagnoseForwardDropped = (bindings: readonly HostBinding[], chains: readonly Chain[]): Finding[] =>
  diagnoseDropped(
    'host/forward-dropped',
    bindings.filter(({ local }) => !local),
    chains.filter(({ type, hook }) => type === 'filter' && hook === 'forward'),
  );

/** A target on this host: the packet goes through every input chain, with the target's address and port. */
export const diagnoseInputDropped = (bindings: readonly HostBinding[], chains: readonly Chain[]): Finding[] =>
  diagnoseDropped(
    'host/input-dropped',
    bindings.filter(({ local }) => local),
    chains.filter(({ type, hook }) => type === 'filter' && hook === 'input'),
  );
