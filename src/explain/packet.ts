import { isLoopback, parseAddress, type AddressKind } from '../model/address.ts';
import { parseTargetText } from '../parse/endpoint.ts';
import { isBroadcast, isLocal, type HostFacts } from '../model/host-facts.ts';
import { quote } from '../finding/quote.ts';
import type { Packet, Route } from '../simulate/packet.ts';

/** What stands on the command line. */
export interface ExplainOptions {
  readonly from?: string;
  readonly to: string;
  readonly protocol: string;
  readonly interface?: string;
}

export interface Ends {
  readonly source: string | undefined;
  readonly destination: string;
  readonly destinationPort: number;
}

/** The ends of the connection; a text when the command line does not name them. */
export function parseEnds({ from, to, interface: name }: ExplainOptions): Ends | string {
  const target = parseTargetText(to);
  if ('fault' in target) return `--to: ${target.fault.message}; ${target.fault.remedy}`;
  const { address, ports } = target.ok;
  if (ports === undefined || ports.first !== ports.last) return '--to: one port is missing; write 203.0.113.1:6000';
  if (from === undefined && name !== undefined)
    return "--interface: the host's own connections come in through none; add --from";
  const source = from === undefined ? undefined : parseAddress(from);
  if (from !== undefined && source === undefined)
    return `--from: "${from}" is not an address; write one such as 198.51.100.7`;
  if (source !== undefined && source.family !== address.family)
    return '--from and --to: one is IPv4 and the other IPv6';
  const kind = source === undefined ? undefined : NOBODY[source.kind];
  if (kind !== undefined) return `--from: ${from} is ${kind}, from which nothing comes; ${CLIENT}`;
  return { source: source?.text, destination: address.text, destinationPort: ports.first };
}

const CLIENT = 'write the address of a client, such as 198.51.100.7';

const NOBODY: Partial<Record<AddressKind, string>> = {
  unspecified: 'no address of a host',
  broadcast: 'the broadcast address',
  multicast: 'a multicast address',
  'v4-mapped': 'an IPv4 address in IPv6 dress',
};

/** What only the host itself can tell to be a mistake; `exists` is asked of an interface by its name. */
export function faultOnHost(
  { source }: Ends,
  { interface: name }: ExplainOptions,
  facts: HostFacts,
  exists: (name: string) => boolean,
): string | undefined {
  if (source !== undefined && isBroadcast(facts, source))
    return `--from: ${source} is the broadcast address of a subnet of this host, from which nothing comes; ${CLIENT}`;
  if (name === 'lo') return "--interface: what comes in through lo is the host's own; leave --interface out";
  if (name === undefined || exists(name)) return undefined;
  return `--interface: this host has no interface ${quote(name)}; write one as ip link shows it`;
}

/** Without a source, or from an address of this host, it is the host's own connection. */
export function packetOf(
  ends: Ends,
  { protocol, interface: named }: ExplainOptions,
  facts: HostFacts,
  route: Route,
): Packet {
  const { destination, destinationPort } = ends;
  const source = ends.source ?? ownSource(destination, facts);
  const rest = { protocol, source, destination, destinationPort, syn: true };
  if (ends.source === undefined || (named === undefined && route(source).local)) return { path: 'own', ...rest };
  const iifname = named ?? route(source).oifname;
  return { path: 'incoming', ...rest, ...(iifname === undefined ? {} : { iifname }) };
}

/** What the kernel takes when the process leaves it open; towards others it does not matter here. */
function ownSource(destination: string, facts: HostFacts): string {
  if (isLoopback(destination) && !destination.includes(':')) return '127.0.0.1';
  if (isLocal(facts, destination)) return destination;
  return destination.includes(':') ? '::' : '0.0.0.0';
}
