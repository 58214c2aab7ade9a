import { isLinkLocal, isLoopback } from '../model/address.ts';
import { interfacesWith, isLocal, type HostFacts } from '../model/host-facts.ts';
import type { Forward, Model } from '../model/model.ts';
import { obstaclesOf, type Candidate, type MissedPacket, type Obstacle } from './obstacles.ts';

export interface Miss {
  readonly reason: 'not-this-host' | 'ipv6-loopback' | 'loopback-from-outside' | 'no-forward' | Obstacle['reason'];
  /** A clause without a full stop. */
  readonly message: string;
  /** The forward with the fewest obstacles. */
  readonly forward?: Forward;
}

/** Why no forward applies, and which one would apply with the fewest changes. */
export function nearestMiss({ forwards }: Model, facts: HostFacts, packet: MissedPacket): Miss {
  const { destination, destinationPort, path, iifname } = packet;
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
  const owners = interfacesWith(facts, destination);
  if (path === 'incoming' && isLinkLocalIPv6(destination) && iifname !== undefined && !owners.includes(iifname))
    return {
      reason: 'not-this-host',
      message: `${destination} is a link-local address of ${owners.join(' and ')}; it cannot be reached through ${iifname}`,
    };
  if (path === 'incoming' && isLoopback(destination))
    return {
      reason: 'loopback-from-outside',
      message: `connections to ${destination} from outside are never forwarded`,
    };
  const [nearest] = forwards
    .flatMap((forward) => forward.listens.map((listen) => ({ forward, listen })))
    .filter((candidate) => isOnPort(candidate, packet))
    .map((candidate) => ({ ...candidate, obstacles: obstaclesOf(candidate, facts, packet) }))
    .sort((a, b) => a.obstacles.length - b.obstacles.length);
  const [first] = nearest?.obstacles ?? [];
  if (nearest === undefined || first === undefined)
    return { reason: 'no-forward', message: `no forward listens on port ${destinationPort}` };
  const message = nearest.obstacles.map((each) => each.message).join(', and ');
  return { reason: first.reason, message: `the forward ${nearest.forward.name} ${message}`, forward: nearest.forward };
}

const isLinkLocalIPv6 = (address: string): boolean => address.includes(':') && isLinkLocal(address);

const isOnPort = ({ forward, listen }: Candidate, { destination, destinationPort }: MissedPacket): boolean =>
  forward.family === (destination.includes(':') ? 'ip6' : 'ip') &&
  listen.ports.first <= destinationPort &&
  destinationPort <= listen.ports.last;
