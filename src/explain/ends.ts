import { parseAddress, type Address, type AddressKind } from '../model/address.ts';
import { parseTargetText } from '../parse/endpoint.ts';
import { isBroadcast, type HostFacts } from '../model/host-facts.ts';
import { quote } from '../finding/quote.ts';

/** The options of `explain` that describe the connection. */
export interface ExplainOptions {
  readonly from?: string;
  readonly to: string;
  readonly protocol: string;
  readonly interface?: string;
  readonly mark?: string;
}

export interface Ends {
  readonly source: string | undefined;
  readonly destination: string;
  readonly destinationPort: number;
  readonly mark: number | undefined;
}

/** The ends of the connection, or a message if the options do not describe one. */
export function parseEnds({ from, to, interface: name, mark: word }: ExplainOptions): Ends | string {
  const isSix = from?.includes(':') ?? false;
  const target = parseTargetText(withoutLocalhost(to, isSix ? '[::1]' : '127.0.0.1'));
  if ('fault' in target) return `--to: ${target.fault.message}; ${toRemedy(to) ?? target.fault.remedy}`;
  const { address, ports } = target.ok;
  if (ports === undefined || ports.first !== ports.last)
    return `--to: needs one port; write it like ${quoted(address)}:${ports?.first ?? 6000}`;
  if (from === undefined && name !== undefined)
    return '--interface: needs --from; connections of this host itself do not come in through an interface';
  const source = from === undefined ? undefined : parseAddress(withoutLocalhost(from, '127.0.0.1'));
  if (from !== undefined && source === undefined)
    return `--from: "${from}" is not an address; write it like 198.51.100.7`;
  if (source !== undefined && source.family !== address.family)
    return '--from and --to: one is IPv4, the other is IPv6; use the same family for both';
  const kind = source === undefined ? undefined : NOT_A_CLIENT[source.kind];
  if (kind !== undefined) return `--from: ${from} is ${kind}, not a client; ${REMEDY}`;
  const mark = word === undefined ? undefined : parseMark(word);
  if (word !== undefined && mark === undefined)
    return `--mark: ${quote(word)} is not a packet mark; write a number like 7 or 0x7`;
  return { source: source?.text, destination: address.text, destinationPort: ports.first, mark };
}

function parseMark(word: string): number | undefined {
  const mark = /^(0x[\da-f]+|\d+)$/i.test(word) ? Number(word) : undefined;
  return mark !== undefined && mark <= 0xffffffff ? mark : undefined;
}

/** No other name is looked up, but this one is always this host. */
const withoutLocalhost = (text: string, address: string): string => text.replace(/^localhost(?=:|$)/i, address);

const quoted = ({ family, text }: Address): string => (family === 'ip6' ? `[${text}]` : text);

/** For a port alone, and for a protocol after the port. */
function toRemedy(text: string): string | undefined {
  const [, port] = /^:?(\d{1,5})$/.exec(text) ?? [];
  if (port !== undefined) return `write --to 127.0.0.1:${port}, or another address of this host`;
  const [, end = '', protocol = ''] = /^([^/]+)\/(tcp|udp|sctp)$/i.exec(text) ?? [];
  return end !== '' && 'ok' in parseTargetText(end)
    ? `write --to ${end} --protocol ${protocol.toLowerCase()}`
    : undefined;
}

const REMEDY = 'write the address of a client, like 198.51.100.7';

const NOT_A_CLIENT: Partial<Record<AddressKind, string>> = {
  unspecified: 'the unspecified address',
  broadcast: 'the broadcast address',
  multicast: 'a multicast address',
  'v4-mapped': 'an IPv4-mapped IPv6 address',
};

/** Mistakes that only show on the host. `exists` tells whether the host has an interface. */
export function faultOnHost(
  { source }: Ends,
  { interface: name }: ExplainOptions,
  facts: HostFacts,
  exists: (name: string) => boolean,
): string | undefined {
  if (source !== undefined && isBroadcast(facts, source))
    return `--from: ${source} is the broadcast address of a subnet of this host, not a client; ${REMEDY}`;
  if (name === 'lo') return '--interface: only connections of this host itself come in through lo; omit --interface';
  if (name === undefined || exists(name)) return undefined;
  return `--interface: this host has no interface ${quote(name)}; ip link lists the names`;
}
