import { isLoopback } from '../model/address.ts';
import { interfacesWith, isLocal, type HostFacts } from '../model/host-facts.ts';
import { egressOf, ownRoutesTo } from '../model/routing/routes.ts';
import type { Packet, Route } from '../simulate/packet.ts';
import type { Ends, ExplainOptions } from './ends.ts';

/** A connection of this host itself, if there is no source or the source is an address of this host. */
export function packetOf(
  ends: Omit<Ends, 'mark'>,
  { protocol, interface: named }: Pick<ExplainOptions, 'protocol' | 'interface'>,
  facts: HostFacts,
  route: Route,
): Packet {
  const { destination, destinationPort } = ends;
  const source = ends.source ?? ownSource(destination, facts);
  const rest = { protocol, source, destination, destinationPort, syn: true };
  if (ends.source === undefined || (named === undefined && route(source).local)) return { path: 'own', ...rest };
  const iifname = named ?? ownRoutesTo(facts, source)[0]?.interface;
  return { path: 'incoming', ...rest, ...(iifname === undefined ? {} : { iifname }) };
}

/** The source that the kernel selects. If the destination is another host, no rule depends on it. */
function ownSource(destination: string, facts: HostFacts): string {
  if (isLoopback(destination) && !destination.includes(':')) return '127.0.0.1';
  if (isLocal(facts, destination)) return destination;
  return destination.includes(':') ? '::' : '0.0.0.0';
}

/** Routes by the host facts. Facts of an older portfwd do not contain routes via a gateway. */
export const hostRoute =
  (facts: HostFacts): Route =>
  (address) => {
    if (isLocal(facts, address)) return { local: true, oifname: 'lo', interfaces: interfacesWith(facts, address) };
    return { local: false, oifname: egressOf(facts, address) };
  };
