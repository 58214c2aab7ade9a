import { nearestMiss, type Miss } from './nearest-miss.ts';
import { coversInterface } from '../model/interface-name.ts';
import { interfacesWith, type HostFacts } from '../model/host-facts.ts';
import type { Forward, Listen, Model } from '../model/model.ts';
import type { Packet } from '../simulate/packet.ts';
import type { Simulation } from '../simulate/simulate.ts';
import type { Step } from '../simulate/evaluate-chain.ts';
import { explainSource } from './source.ts';

export type Outcome =
  | {
      readonly kind: 'applies';
      readonly forward: Forward;
      readonly listen: Listen;
      /** A clause, if the destination is not an address of the interface that the forward listens on. */
      readonly otherAddress: string | undefined;
      readonly source: string;
    }
  /** With a forward: the client is not in its `from`. Without one: a guard chain dropped the packet. */
  | { readonly kind: 'dropped'; readonly chain: string; readonly forward: Forward | undefined }
  | { readonly kind: 'none'; readonly miss: Miss };

/** The elements that the rules looked up have the path of their forward in the model. */
export function outcomeOf(model: Model, facts: HostFacts, packet: Packet, simulation: Simulation): Outcome {
  const last = simulation.steps.at(-1);
  if (simulation.verdict === 'drop')
    return { kind: 'dropped', chain: last?.chain ?? '', forward: last && restrictingForward(model, last) };
  const path = simulation.steps
    .flatMap((step) => (step.kind === 'rule' && step.rule.statement.kind === 'dnat' ? step.found : []))
    .map(({ origin }) => JSON.stringify(origin))[0];
  for (const forward of model.forwards)
    for (const listen of forward.listens)
      if (JSON.stringify(listen.path) === path)
        return {
          kind: 'applies',
          forward,
          listen,
          otherAddress: otherAddressOf(listen, facts, packet),
          source: explainSource(forward, simulation, packet, facts),
        };
  return { kind: 'none', miss: nearestMiss(model, facts, packet) };
}

/** nft cannot ask which interface has an address (docs/netfilter.md, fact 33). */
function otherAddressOf(
  { interface: name }: Listen,
  facts: HostFacts,
  { destination, iifname }: Packet,
): string | undefined {
  const owners = interfacesWith(facts, destination);
  if (name === undefined || owners.some((owner) => coversInterface(name, owner))) return undefined;
  const way = iifname === undefined ? 'that come from this host itself' : `that come in through ${iifname}`;
  return `${destination} is an address of ${owners.join(' and ')}, not of ${name}, but portfwd cannot tell this for connections ${way}`;
}

/** The rule that drops for a `from` looks up the listen; the guard chains look up nothing. */
function restrictingForward({ forwards }: Model, step: Step): Forward | undefined {
  const [, index] = (step.kind === 'rule' ? step.found[0]?.origin : undefined) ?? [];
  return forwards.find(({ path }) => index !== undefined && path[1] === index);
}
