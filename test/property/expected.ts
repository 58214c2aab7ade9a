import type { HostFacts } from '../../src/model/host-facts.ts';
import type { Model } from '../../src/model/model.ts';
import type { Packet } from '../../src/simulate/packet.ts';
import type { Simulation } from '../../src/simulate/simulate.ts';
import { LAB_HOST } from './lab-host.ts';
import { isDropped, meaningOf } from './oracle.ts';

/** What can be seen of a packet's fate, from outside. */
export type Fate =
  | { readonly dropped: true }
  | {
      readonly dropped: false;
      readonly destination: { readonly address: string; readonly port: number };
      readonly masqueraded: boolean;
    };

/** By the words of the model. */
export function meantFate(model: Model, facts: HostFacts | undefined, packet: Packet): Fate {
  if (isDropped(model, facts, LAB_HOST, packet)) return { dropped: true };
  const meaning = meaningOf(model, facts, LAB_HOST, packet);
  const { address = packet.destination, port = packet.destinationPort, masqueraded = false } = meaning ?? {};
  return { dropped: false, destination: { address, port }, masqueraded };
}

/** By the rules of the ruleset. */
export const simulatedFate = ({ verdict, destination, masqueraded }: Simulation): Fate =>
  verdict === 'drop' ? { dropped: true } : { dropped: false, destination, masqueraded };
