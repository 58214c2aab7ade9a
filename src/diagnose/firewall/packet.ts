import type { Family, Forward, PortRange, Protocol } from '../../model/model.ts';
import type { HostBinding } from '../binding.ts';
import type { Marks } from './mark-change.ts';

/** The first packet of a connection from outside, as far as the model says. Undefined: every value is possible. */
export interface Packet {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly destination: string | undefined;
  /** The possible values of an undefined destination. */
  readonly ownAddresses: readonly string[];
  /** Its destination port is one of these. */
  readonly ports: PortRange;
  /** As the client sent it. */
  readonly original: { readonly destination: string | undefined; readonly ports: PortRange };
  readonly translated: boolean;
  /** Its destination is an address of this host. */
  readonly local: boolean;
  /** The interfaces that it may come in through; none: every interface. */
  readonly comesIn: readonly string[];
  readonly leaves: string | undefined;
  /** An address, or a prefix: every address in it. */
  readonly source?: string | undefined;
  /** Undefined: it is the first one of its connection. */
  readonly place?: 'later' | 'reply';
  /** Only for what sets marks. */
  readonly marks?: Marks;
}

/** As the nat chains of the prerouting hook see it. */
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
  source: onlyClient(forward),
});

/** The address of the client, if the forward is for one only. */
const onlyClient = ({ from }: Forward): string | undefined =>
  from.length === 1 && /^[\da-f.:]+$/.test(from[0] ?? '') ? from[0] : undefined;

/** As the filter chains of the forward and input hooks see it, after the translation. */
export const packetAfter = (binding: HostBinding): Packet => ({
  ...packetBefore(binding),
  destination: binding.forward.target.address,
  ports: binding.targetPorts,
  translated: true,
  local: binding.local,
  leaves: binding.local ? undefined : binding.routes[0]?.interface,
});
