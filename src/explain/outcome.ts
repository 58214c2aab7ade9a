import { nearestMiss, type Miss } from './nearest-miss.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Forward, Listen, Model } from '../model/model.ts';
import type { Packet } from '../simulate/packet.ts';
import type { Simulation } from '../simulate/simulate.ts';
import type { Step } from '../simulate/evaluate-chain.ts';
import { explainSource } from './source.ts';

export type Outcome =
  | { readonly kind: 'applies'; readonly forward: Forward; readonly listen: Listen; readonly source: string }
  /** With a forward: its `from` leaves the client out. */
  | { readonly kind: 'dropped'; readonly chain: string; readonly forward: Forward | undefined }
  | { readonly kind: 'none'; readonly miss: Miss };

/** Whose forward it was: the elements that were looked up know where in the model they come from. */
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
        return { kind: 'applies', forward, listen, source: explainSource(forward, simulation, packet, facts) };
  return { kind: 'none', miss: nearestMiss(model, facts, packet) };
}

/** The guards look nothing up; what a `from` drops was found among its listens. */
function restrictingForward({ forwards }: Model, step: Step): Forward | undefined {
  const [, index] = (step.kind === 'rule' ? step.found[0]?.origin : undefined) ?? [];
  return forwards.find(({ path }) => index !== undefined && path[1] === index);
}
