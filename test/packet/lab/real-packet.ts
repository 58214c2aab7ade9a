import type { Packet } from '../../../src/simulate/packet.ts';
import type { Simulation } from '../../../src/simulate/simulate.ts';
import { LAB_HOST } from '../../property/lab-host.ts';
import type { Start } from './agent.ts';
import type { Connection } from './connections.ts';
import type { Machine } from './lab.ts';

export interface Sent {
  readonly packet: Packet;
  readonly simulation: Simulation;
  readonly start: Start;
}

/**
 * The packet as the lab can send it; undefined when it would not come to the host, or not out of it. A process
 * that calls a link-local address is bound to that link, and what is translated to elsewhere never arrives.
 */
export function sendable(packet: Packet): Packet | undefined {
  const { path, iifname, source, destination } = packet;
  const linkLocal = [source, destination].map((address) => address.startsWith('fe80:'));
  const impossible =
    iifname === 'svc0' ||
    (path === 'incoming' && source.startsWith('127.')) ||
    (path === 'own' && linkLocal.includes(true)) ||
    (iifname === 'in0' && (linkLocal[1] === true || destination.startsWith('127.'))) ||
    (path === 'incoming' && staysOutside(packet)) ||
    (linkLocal[0] === true && !HOST.has(destination));
  if (impossible) return undefined;
  return { ...packet, protocol: packet.protocol === 'sctp' ? 'udp' : packet.protocol, syn: true };
}

const HOST: ReadonlySet<string> = new Set(LAB_HOST.addresses.map(({ address }) => address));

/** The sender itself, or a machine that it reaches without the host. */
const staysOutside = ({ iifname, destination }: Packet): boolean =>
  !HOST.has(destination) &&
  (iifname === 'in0' ? /^10\.|^2001:db8:2:/ : /^192\.0\.|^198\.|^203\.|^2001:db8:[19]:/).test(destination);

let lastPort = 20_000;

/** From a port of its own, by which its connection is found again. */
export function startOf({ protocol, source, destination, destinationPort, path }: Packet): Start {
  lastPort = lastPort === 60_000 ? 20_001 : lastPort + 1;
  const scope = path === 'own' ? '%out0' : '%eth0';
  const scoped = (address: string): string => (address.startsWith('fe80:') ? `${address}${scope}` : address);
  return {
    protocol: protocol === 'tcp' ? 'tcp' : 'udp',
    from: scoped(source),
    fromPort: lastPort,
    to: scoped(destination),
    port: destinationPort,
  };
}

export function senderOf({ path, iifname, source }: Packet): Machine {
  if (path === 'own') return 'host';
  if (iifname === 'out0') return 'client';
  return NEIGHBOUR.has(source) ? 'neighbour' : 'backend';
}

const NEIGHBOUR: ReadonlySet<string> = new Set(['10.0.0.3', '2001:db8:2::3', '198.51.100.130']);

/** What must be seen of it on the host; nothing when it is dropped, or leaves its link with a link-local source. */
export function connectionOf({ source, iifname }: Packet, simulation: Simulation): Connection | undefined {
  if (simulation.verdict === 'drop') return undefined;
  if (!simulation.local && source.startsWith('fe80:') && simulation.oifname !== iifname) return undefined;
  return { from: simulation.destination, to: simulation.masqueraded ? addressOn(simulation.oifname, source) : source };
}

const addressOn = (name: string | undefined, source: string): string =>
  LAB_HOST.addresses.find(({ interface: on, address }) => on === name && address.includes(':') === source.includes(':'))
    ?.address ?? '';
