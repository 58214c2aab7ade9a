import { nearestMiss, type Miss } from '../diagnose/nearest-miss.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Forward, Listen, Model } from '../model/model.ts';
import type { Packet } from '../simulate/packet.ts';
import type { Journey } from '../simulate/simulate.ts';
import { explainSource } from './explain-source.ts';

export type Outcome =
  | { readonly kind: 'applies'; readonly forward: Forward; readonly listen: Listen; readonly source: string }
  | { readonly kind: 'dropped'; readonly chain: string }
  | { readonly kind: 'none'; readonly miss: Miss };

/** Whose forward it was: the elements that were looked up know where in the model they come from. */
export function outcomeOf(model: Model, facts: HostFacts, packet: Packet, journey: Journey): Outcome {
  const last = journey.walk.at(-1);
  if (journey.verdict === 'drop') return { kind: 'dropped', chain: last?.chain ?? '' };
  const path = journey.walk
    .flatMap((step) => (step.kind === 'rule' && step.rule.statement.kind === 'dnat' ? step.found : []))
    .map(({ origin }) => JSON.stringify(origin))[0];
  for (const forward of model.forwards)
    for (const listen of forward.listens)
      if (JSON.stringify(listen.path) === path)
        return { kind: 'applies', forward, listen, source: explainSource(forward, journey, packet, facts) };
  return { kind: 'none', miss: nearestMiss(model, facts, packet) };
}
