import { isLinkLocal, isLoopback } from '../model/address.ts';
import { interfacesWith, isLocal, type HostFacts } from '../model/host-facts.ts';
import { coversInterface } from '../model/interface-name.ts';
import { formatListen, type Forward, type Listen } from '../model/model.ts';
import type { Packet } from '../simulate/packet.ts';

/** A packet that no forward translated. */
export type MissedPacket = Omit<Packet, 'syn'>;

export interface Candidate {
  readonly forward: Forward;
  readonly listen: Listen;
}

/** One reason why a forward does not apply. */
export interface Obstacle {
  readonly reason: 'disabled' | 'protocol' | 'address' | 'interface' | 'loopback-left-alone' | 'link-local-left-alone';
  readonly message: string;
}

/** Why the forward does not apply to the packet; none if it does. Each message continues "the forward NAME …". */
export function obstaclesOf(candidate: Candidate, facts: HostFacts, packet: MissedPacket): Obstacle[] {
  const { forward } = candidate;
  const obstacles: (Obstacle | undefined)[] = [
    forward.enabled ? undefined : { reason: 'disabled', message: 'is disabled (enabled: false)' },
    forward.protocols.some((protocol) => protocol === packet.protocol)
      ? undefined
      : { reason: 'protocol', message: `forwards ${forward.protocols.join(' and ')} only` },
    addressObstacle(candidate, facts, packet),
    interfaceObstacle(forward, packet),
    scopeObstacle(candidate, facts, packet),
  ];
  return obstacles.filter((obstacle) => obstacle !== undefined);
}

function addressObstacle({ forward, listen }: Candidate, facts: HostFacts, packet: MissedPacket): Obstacle | undefined {
  const { address, interface: name } = listen;
  const { destination } = packet;
  if (name !== undefined) return listenInterfaceObstacle(name, interfacesWith(facts, destination), packet);
  return address === undefined || address === destination
    ? undefined
    : { reason: 'address', message: `listens on ${formatListen(listen, forward.family)} only` };
}

/** The ruleset compares only with the addresses of the interface that the packet came in through (docs/netfilter.md, fact 33). */
function listenInterfaceObstacle(
  name: string,
  owners: readonly string[],
  { path, iifname = '', destination }: MissedPacket,
): Obstacle | undefined {
  const only = `listens on the addresses of ${name} only`;
  const isOwn = owners.includes(iifname);
  const isExcluded = path === 'own' ? isLoopback(destination) : isOwn !== coversInterface(name, iifname);
  return isExcluded
    ? { reason: 'address', message: `${only}, and ${destination} is an address of ${owners.join(' and ')}` }
    : undefined;
}

function interfaceObstacle({ interfaces }: Forward, { path, iifname }: MissedPacket): Obstacle | undefined {
  if (interfaces.length === 0) return undefined;
  if (path === 'incoming' && iifname !== undefined && interfaces.some((name) => coversInterface(name, iifname)))
    return undefined;
  const only = `applies only to connections that come in through ${interfaces.join(' or ')}`;
  if (path === 'own') return { reason: 'interface', message: `${only}, not to those of this host itself` };
  return { reason: 'interface', message: `${only}${iifname === undefined ? '' : `, not through ${iifname}`}` };
}

/** To another host: connections from or to 127.0.0.0/8, and connections from a link-local address. */
function scopeObstacle(
  { forward, listen }: Candidate,
  facts: HostFacts,
  { path, destination, source }: MissedPacket,
): Obstacle | undefined {
  const isIPv6 = forward.family === 'ip6';
  if (path === 'own' && isIPv6 && isLinkLocal(destination))
    return {
      reason: 'link-local-left-alone',
      message: `does not apply to connections of this host itself to ${destination}`,
    };
  if (forward.loopback || isLocal(facts, forward.target.address)) return undefined;
  // No interface that can be listened on has 127.0.0.1, with or without loopback: true.
  const isNever = listen.interface !== undefined && isLoopback(destination);
  const end = isIPv6 || isNever ? undefined : [destination, source].find(isLoopback);
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
