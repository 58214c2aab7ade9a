import { isLinkLocal, isLoopback } from '../model/address.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { formatListen, type Forward, type Listen, type Model } from '../model/model.ts';
import { coversInterface } from '../model/interface-name.ts';
import type { Packet } from '../simulate/packet.ts';

/** A packet that no forward translated. */
type MissedPacket = Omit<Packet, 'syn'>;

export interface Miss {
  readonly reason: MissReason;
  /** A clause without a full stop. */
  readonly message: string;
  /** The forward that applies except for the fewest reasons. */
  readonly forward?: Forward;
}

type MissReason =
  | 'not-this-host'
  | 'ipv6-loopback'
  | 'loopback-from-outside'
  | 'no-forward'
  | 'disabled'
  | 'protocol'
  | 'address'
  | 'interface'
  | 'loopback-left-alone'
  | 'link-local-left-alone';

/** Why no forward applies, and which one would apply with the fewest changes. */
export function nearestMiss({ forwards }: Model, facts: HostFacts, packet: MissedPacket): Miss {
  const { destination, destinationPort, path } = packet;
  if (destination === '::1')
    return {
      reason: 'ipv6-loopback',
      message: 'connections to ::1 cannot be forwarded, since the kernel does not route packets from ::1',
    };
  if (!isLocal(facts, destination))
    return {
      reason: 'not-this-host',
      message: `${destination} is not an address of this host; portfwd only handles connections to this host`,
    };
  if (path === 'incoming' && isLoopback(destination))
    return {
      reason: 'loopback-from-outside',
      message: `connections to ${destination} from outside are never forwarded`,
    };
  const [nearest] = forwards
    .flatMap((forward) => forward.listens.map((listen) => ({ forward, listen })))
    .filter((candidate) => isOnPort(candidate, packet))
    .map((candidate) => ({ ...candidate, faults: faultsOf(candidate, facts, packet) }))
    .sort((a, b) => a.faults.length - b.faults.length);
  const [fault] = nearest?.faults ?? [];
  if (nearest === undefined || fault === undefined)
    return { reason: 'no-forward', message: `no forward listens on port ${destinationPort}` };
  const message = nearest.faults.map((each) => each.message).join(', and ');
  return { reason: fault.reason, message: `the forward ${nearest.forward.name} ${message}`, forward: nearest.forward };
}

interface Candidate {
  readonly forward: Forward;
  readonly listen: Listen;
}

type Fault = Pick<Miss, 'reason' | 'message'>;

const isOnPort = ({ forward, listen }: Candidate, { destination, destinationPort }: MissedPacket): boolean =>
  forward.family === (destination.includes(':') ? 'ip6' : 'ip') &&
  listen.ports.first <= destinationPort &&
  destinationPort <= listen.ports.last;

function faultsOf(candidate: Candidate, facts: HostFacts, packet: MissedPacket): Fault[] {
  const { forward, listen } = candidate;
  const faults: (Fault | undefined)[] = [
    forward.enabled ? undefined : { reason: 'disabled', message: 'is disabled (enabled: false)' },
    forward.protocols.some((protocol) => protocol === packet.protocol)
      ? undefined
      : { reason: 'protocol', message: `forwards ${forward.protocols.join(' and ')} only` },
    listen.address === undefined || listen.address === packet.destination
      ? undefined
      : { reason: 'address', message: `listens on ${formatListen(listen, forward.family)} only` },
    interfaceFault(forward, packet),
    addressScopeFault(candidate, facts, packet),
  ];
  return faults.filter((fault) => fault !== undefined);
}

function interfaceFault({ interfaces }: Forward, { path, iifname }: MissedPacket): Fault | undefined {
  if (interfaces.length === 0) return undefined;
  if (path === 'incoming' && iifname !== undefined && interfaces.some((name) => coversInterface(name, iifname)))
    return undefined;
  const only = `applies only to connections that come in through ${interfaces.join(' or ')}`;
  if (path === 'own') return { reason: 'interface', message: `${only}, not to those of this host itself` };
  return { reason: 'interface', message: `${only}${iifname === undefined ? '' : `, not through ${iifname}`}` };
}

/** To another host: connections from or to 127.0.0.0/8, and connections from a link-local address. */
function addressScopeFault(
  { forward }: Candidate,
  facts: HostFacts,
  { path, destination, source }: MissedPacket,
): Fault | undefined {
  const isIPv6 = forward.family === 'ip6';
  if (path === 'own' && isIPv6 && isLinkLocal(destination))
    return {
      reason: 'link-local-left-alone',
      message: `does not apply to connections of this host itself to ${destination}`,
    };
  if (forward.loopback || isLocal(facts, forward.target.address)) return undefined;
  const end = isIPv6 ? undefined : [destination, source].find(isLoopback);
  if (end !== undefined)
    return {
      reason: 'loopback-left-alone',
      message: `does not apply to connections ${end === destination ? 'to' : 'from'} ${end}, since its target is another host; loopback: true changes that`,
    };
  if (!isIPv6 || !isLinkLocal(source)) return undefined;
  return {
    reason: 'link-local-left-alone',
    message: `does not apply to connections from the link-local address ${source}, since its target is another host`,
  };
}
