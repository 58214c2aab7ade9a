import { BlockList } from 'node:net';
import { longestMatch } from '../../src/model/prefix.ts';
import { isLocal, type HostFacts } from '../../src/model/host-facts.ts';
import { lengthOf, targetPorts, type Forward, type Listen, type Model } from '../../src/model/model.ts';
import type { Packet } from '../../src/simulate/packet.ts';
import { isMarked, MARKED_ROUTES } from './lab-host.ts';

/** What the model means for a packet, said without a ruleset: the first forward whose words fit. */
export interface Translation {
  readonly forward: Forward;
  readonly listen: Listen;
  readonly address: string;
  readonly port: number;
  readonly masqueraded: boolean;
  /** The MSS of the connection is lowered. */
  readonly clamped: boolean;
}

/** Undefined: no forward has anything to do with the packet. */
export function expectedTranslation(
  model: Model,
  facts: HostFacts | undefined,
  host: HostFacts,
  packet: Packet,
): Translation | undefined {
  if (!isForThisHost(host, packet)) return undefined;
  if (packet.protocol === 'tcp' && !packet.syn) return undefined;
  const [first] = model.forwards
    .flatMap((forward) => forward.listens.map((listen) => ({ forward, listen })))
    .filter(({ forward, listen }) => applies(forward, listen, facts, host, packet))
    .sort((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
  if (first === undefined) return undefined;
  const { forward, listen } = first;
  const port = targetPorts(forward.target, listen).first + packet.destinationPort - listen.ports.first;
  const { address } = forward.target;
  const masqueraded = isMasqueraded(forward, facts, host, packet);
  return { forward, listen, address, port, masqueraded, clamped: isClamped(model, forward, host, packet) };
}

/** Only listens on different interfaces can both fit: then the first name counts. */
const orderOf = ({ forward, listen }: Pick<Translation, 'forward' | 'listen'>): string =>
  [listen.interface, ...[...forward.interfaces].sort()].join(' ');

/** 127.0.0.0/8 is this host's for this host only; ::1 and the host's own link-local connections are not translated. */
function isForThisHost(host: HostFacts, packet: Packet): boolean {
  const { path, destination } = packet;
  if (destination === '::1' || (path === 'own' && destination.startsWith('fe80:'))) return false;
  return isReached(host, packet) && !(path === 'incoming' && destination.startsWith('127.'));
}

/** A link-local address is reached through its own link only. */
const isReached = (host: HostFacts, { path, iifname, destination }: Packet): boolean =>
  path === 'incoming' && destination.startsWith('fe80:')
    ? host.addresses.some(({ interface: name, address }) => name === iifname && address === destination)
    : isLocal(host, destination);

function applies(
  forward: Forward,
  listen: Listen,
  facts: HostFacts | undefined,
  host: HostFacts,
  packet: Packet,
): boolean {
  if (!isListenedOn(forward, listen, host, packet)) return false;
  const { destination, source } = packet;
  const staysHere = isHere(facts, forward);
  const looped = forward.interfaces.length === 0 && [destination, source].some((one) => one.startsWith('127.'));
  const leftAlone = looped || source.startsWith('fe80:');
  return staysHere || forward.loopback || !leftAlone;
}

/** A target in 127.0.0.0/8 is on this host, whichever host this is. */
const isHere = (facts: HostFacts | undefined, { target }: Forward): boolean =>
  target.address.startsWith('127.') || (facts !== undefined && isLocal(facts, target.address));

/** For every sender. */
function isListenedOn(forward: Forward, listen: Listen, host: HostFacts, packet: Packet): boolean {
  const { destination, destinationPort } = packet;
  if (!forward.enabled || !forward.protocols.some((protocol) => protocol === packet.protocol)) return false;
  if (forward.family !== (destination.includes(':') ? 'ip6' : 'ip')) return false;
  if (destinationPort < listen.ports.first || destinationPort >= listen.ports.first + lengthOf(listen.ports))
    return false;
  if (forward.interfaces.length > 0 && !forward.interfaces.some((name) => covers(name, packet.iifname))) return false;
  if (listen.interface !== undefined) return isOfInterface(listen.interface, host, packet);
  return listen.address === undefined || listen.address === destination;
}

/** What comes in through the interface is for its addresses; anything else, for an address not of the way it came. */
function isOfInterface(name: string, { addresses }: HostFacts, { path, iifname, destination }: Packet): boolean {
  if (path === 'own') return !destination.startsWith('127.');
  const isHere = addresses.some(({ interface: owner, address }) => owner === iifname && address === destination);
  return covers(name, iifname) === isHere;
}

const covers = (pattern: string, name = ''): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

function isMasqueraded(
  { masquerade, target, loopback }: Forward,
  facts: HostFacts | undefined,
  host: HostFacts,
  packet: Packet,
): boolean {
  const { source } = packet;
  if (isLocal(host, target.address) || masquerade === 'never') return false;
  if (masquerade === 'always') return true;
  if (loopback && source.startsWith('127.')) return true;
  if (isLocal(host, source)) return !isOnEgress(host, source, target.address);
  return (
    source === target.address ||
    (facts !== undefined && isAnsweredAround(asKnown(facts, packet), target.address, source))
  );
}

/** The routes of a packet, if portfwd knows of its mark. */
const asKnown = (facts: HostFacts, packet: Packet): HostFacts =>
  facts.marked === undefined ? facts : asRouted(facts, packet);

const asRouted = (host: HostFacts, packet: Packet): HostFacts =>
  isMarked(packet) ? { ...host, routed: [...(host.routed ?? []), ...MARKED_ROUTES] } : host;

/** An address of the interface through which the host reaches the target. */
function isOnEgress(host: HostFacts, source: string, target: string): boolean {
  const egress = egressTo(host, target);
  return host.addresses.some((entry) => entry.address === source && entry.interface === egress);
}

function egressTo(host: HostFacts, target: string): string {
  const routes = [...host.onLink, ...(host.routed ?? [])];
  const prefix = longestMatch(
    routes.map((route) => route.prefix),
    target,
  );
  return routes.find((route) => route.prefix === prefix)?.interface ?? 'out0';
}

/**
 * Only where the packet passes through: what this host itself sends has the right MSS already. A forward on another
 * interface with the same listen and target counts as well, and so does one that listens on another interface.
 */
const isClamped = ({ forwards }: Model, { target }: Forward, host: HostFacts, packet: Packet): boolean =>
  packet.protocol === 'tcp' &&
  packet.path === 'incoming' &&
  !isLocal(host, target.address) &&
  forwards.some(
    (other) =>
      other.mss === 'clamp' &&
      other.target.address === target.address &&
      other.listens.some((listen) =>
        isListenedOn({ ...other, interfaces: [] }, { ...listen, interface: undefined }, host, packet),
      ),
  );

/** In the target's subnet; or, if the target is behind routers, in a subnet of theirs or reached by the same route. */
function isAnsweredAround({ onLink, routed = [] }: HostFacts, target: string, source: string): boolean {
  const known = [...onLink, ...routed].map(({ prefix }) => prefix);
  const prefix = longestMatch(known, target);
  if (prefix === undefined) return false;
  if (onLink.some((route) => route.prefix === prefix)) return longestMatch([prefix], source) !== undefined;
  const beside = routed
    .filter((route) => route.prefix === prefix)
    .some((router) => {
      const links = onLink.filter((route) => route.interface === router.interface).map((route) => route.prefix);
      if (!router.via.startsWith('fe80:'))
        return longestMatch(links, router.via) === (longestMatch(links, source) ?? 'none');
      return longestMatch(links, source) !== undefined && !source.startsWith('fe80:');
    });
  return beside || (!prefix.endsWith('/0') && longestMatch(known, source) === prefix);
}

/** What comes from outside for a forward that is for others: it begins a connection, or it is none of ours. */
export function isShutOut(model: Model, host: HostFacts, packet: Packet): boolean {
  if (packet.path === 'own' || !isReached(host, packet)) return false;
  if (packet.protocol === 'tcp' && !packet.syn) return false;
  const restricted = model.forwards.filter(({ from }) => from.length > 0);
  return restricted.some(
    (forward) =>
      !forward.from.some((source) => holds(source, packet.source)) &&
      forward.listens.some((listen) => isListenedOn(forward, listen, host, packet)),
  );
}

function holds(prefix: string, address: string): boolean {
  const [network = '', length] = prefix.split('/');
  const [family, most] = network.includes(':') ? (['ipv6', 128] as const) : (['ipv4', 32] as const);
  const list = new BlockList();
  list.addSubnet(network, Number(length ?? most), family);
  return list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

/**
 * Who is shut out, and the guards: 127.0.0.0/8 from outside where `loopback: true` needs route_localnet, and transit
 * where portfwd turned routing on.
 */
export function isDropped(model: Model, facts: HostFacts | undefined, host: HostFacts, packet: Packet): boolean {
  if (packet.path === 'own') return false;
  if (isShutOut(model, host, packet)) return true;
  const enabled = model.forwards.filter((forward) => forward.enabled);
  const leaving = enabled.filter((forward) => !isHere(facts, forward));
  const published = enabled.filter(
    ({ target, listens }) =>
      target.address.startsWith('127.') && listens.some(({ address }) => address?.startsWith('127.') !== true),
  );
  const { source, destination } = packet;
  if (
    [...leaving, ...published].some(({ loopback }) => loopback) &&
    [source, destination].some((one) => one.startsWith('127.'))
  )
    return true;
  const family = destination.includes(':') ? 'ip6' : 'ip';
  const routesByUs = model.forwarding === 'enable' && facts?.forwarding[family] === false;
  if (!routesByUs || !leaving.some((forward) => forward.family === family)) return false;
  // A packet with an IPv4 source of this host may be one of its tunnels, unless it crosses from the uplink or to a target.
  const egress = egressTo(asRouted(host, packet), destination);
  const subnets = host.onLink.filter((route) => route.interface === egress).map(({ prefix }) => prefix);
  const isOnLink = longestMatch(subnets, destination) !== undefined;
  const isClosed =
    leaving.some(({ target }) => egressTo(host, target.address) === egress) && (egress !== 'out0' || isOnLink);
  const crosses = (packet.iifname === 'out0' && egress !== 'out0') || (isClosed && packet.iifname !== egress);
  if (isLocal(host, source) && family === 'ip' && !crosses) return false;
  return !isLocal(host, destination) && expectedTranslation(model, facts, host, packet) === undefined;
}
