import type { HostFacts } from '../../src/model/host-facts.ts';
import type { Model } from '../../src/model/model.ts';
import type { Packet } from '../../src/simulate/packet.ts';
import type { Simulation } from '../../src/simulate/simulate.ts';
import { LAB_HOST } from './lab-host.ts';
import { isDropped, expectedTranslation } from './oracle.ts';

/** What an observer outside can see of a packet. */
export type Result =
  | { readonly dropped: true }
  | {
      readonly dropped: false;
      readonly destination: { readonly address: string; readonly port: number };
      readonly masqueraded: boolean;
      readonly clamped: boolean;
    };

/** From an independent reading of the model. */
export function expectedResult(model: Model, facts: HostFacts | undefined, packet: Packet): Result {
  if (isDropped(model, facts, LAB_HOST, packet)) return { dropped: true };
  const meaning = expectedTranslation(model, facts, LAB_HOST, packet);
  const {
    address = packet.destination,
    port = packet.destinationPort,
    masqueraded = false,
    clamped = false,
  } = meaning ?? {};
  return { dropped: false, destination: { address, port }, masqueraded, clamped };
}

/** From the rules of the ruleset. */
export const simulatedResult = ({ verdict, destination, masqueraded, clamped }: Simulation): Result =>
  verdict === 'drop' ? { dropped: true } : { dropped: false, destination, masqueraded, clamped };
