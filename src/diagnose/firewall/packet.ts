import type { Family, PortRange, Protocol } from '../../model/model.ts';
import type { HostBinding } from '../binding.ts';

/** The first packet of a connection from outside, as far as the model tells. Undefined: it may be anything. */
export interface Packet {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly destination: string | undefined;
  /** All that an undefined destination can be. */
  readonly ownAddresses: readonly string[];
  /** Each of them, at one time or another. */
  readonly ports: PortRange;
  /** What the client wrote. */
  readonly original: { readonly destination: string | undefined; readonly ports: PortRange };
  readonly translated: boolean;
  /** Its destination is an address of this host. */
  readonly local: boolean;
  readonly comesIn: readonly string[];
  readonly leaves: string | undefined;
}

/** As the nat chains of prerouting see it. */
export const packetBefore = ({ forward, listen, protocol, ownAddresses }: HostBinding): Packet => ({
  family: forward.family,
  protocol,
  destination: listen.address,
  ownAddresses,
  ports: listen.ports,
  original: { destination: listen.address, ports: listen.ports },
  translated: false,
  local: true,
  comesIn: forward.interfaces,
  leaves: undefined,
});

/** As the filter chains of forward and input see it. */
export const packetAfter = (binding: HostBinding): Packet => ({
  ...packetBefore(binding),
  destination: binding.forward.target.address,
  ports: binding.targetPorts,
  translated: true,
  local: binding.local,
  leaves: binding.local ? undefined : binding.egressTo(binding.forward.target.address),
});
