import { quote } from '../finding/quote.ts';
import { parseAddress, type Address } from '../model/address.ts';
import type { Family, PortRange } from '../model/model.ts';
import { parsePorts } from '../model/ports.ts';

/** What is wrong with an endpoint, before it is known whether it is a listen or a target. */
export interface Fault {
  readonly about: 'syntax' | 'address' | 'port';
  readonly message: string;
  readonly remedy: string;
}

export type Parsed<T> = { readonly ok: T } | { readonly fault: Fault };

/** A `host:ports` pair cut in two; an IPv6 host keeps its brackets. */
const LISTEN = /^(?:(\[[^\]]*\]|[^:[\]]*):)?([^:[\]]*)$/;
const TARGET = /^(\[[^\]]*\]|[^:[\]]*)(?::([^:[\]]*))?$/;

export function parseListenText(text: string): Parsed<{ family?: Family; address?: Address; ports: PortRange }> {
  const match = LISTEN.exec(text);
  if (match === null) return portMissing(text) ?? fault('syntax', `${quote(text)} is not a listen`, LISTEN_REMEDY);
  const host = match[1];
  const ports = portsOf(match[2] ?? '');
  if ('fault' in ports) return portMissing(text) ?? ports;
  if (host === undefined || host === '*') return { ok: { ports: ports.ok } };
  if (host === '0.0.0.0') return { ok: { family: 'ip', ports: ports.ok } };
  if (host === '[::]') return { ok: { family: 'ip6', ports: ports.ok } };
  const address = addressOf(host);
  return 'fault' in address ? address : { ok: { family: address.ok.family, address: address.ok, ports: ports.ok } };
}

export function parseTargetText(text: string): Parsed<{ address: Address; ports?: PortRange }> {
  const match = TARGET.exec(text);
  if (match === null) return fault('syntax', `${quote(text)} is not a target`, TARGET_REMEDY);
  const address = addressOf(match[1] ?? '');
  if ('fault' in address) return address;
  if (match[2] === undefined) return { ok: { address: address.ok } };
  const ports = portsOf(match[2]);
  return 'fault' in ports ? ports : { ok: { address: address.ok, ports: ports.ok } };
}

/** `203.0.113.1`, `[2001:db8::1]`, `*`: a listen but for its port. */
function portMissing(text: string): { fault: Fault } | undefined {
  const host = text.replace(/:$/, '');
  const isHost = host === '*' || (/^\[.*\]$|\./.test(host) && 'ok' in addressOf(host));
  return isHost
    ? fault('port', `${quote(text)} names no port`, `write one behind it, such as "${host}:6000"`)
    : undefined;
}

function addressOf(host: string): Parsed<Address> {
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  const address = parseAddress(bare);
  if (address === undefined) return fault('address', `${quote(bare)} is not an address`, addressRemedy(bare));
  if (address.kind === 'v4-mapped')
    return fault('address', `${bare} is an IPv4 address in IPv6 dress; packets never carry it`, V4_REMEDY);
  if (address.text !== bare)
    return fault('address', `${bare} is not the usual way to write this address`, `write ${address.text}`);
  if ((address.family === 'ip6') !== host.startsWith('[')) {
    return fault('address', `only IPv6 addresses stand in brackets`, `write ${bare}`);
  }
  return { ok: address };
}

/** How something is written that is no address. */
export function addressRemedy(text: string): string {
  if (/^\d+(?:\.\d+){3}$/.test(text)) {
    const plain = text.split('.').map(Number);
    return plain.every((octet) => octet <= 255)
      ? `write it without leading zeros: ${plain.join('.')}`
      : 'each of the four numbers is 0 to 255';
  }
  if (/^[\d.]+$/.test(text)) return 'write four numbers, such as 192.168.0.2';
  if (text.includes('/')) return 'write one address, not a prefix';
  if (text.includes('%')) return 'leave the zone out and name the interface under the key interface';
  return 'write an address: names are not looked up, an answer that changes later would change the ruleset';
}

function portsOf(text: string): Parsed<PortRange> {
  const ports = parsePorts(text);
  if (ports !== undefined) return { ok: ports };
  const [first = '', last = '', ...more] = text.split('-');
  const isRange = more.length === 0 && parsePorts(first) !== undefined && parsePorts(last) !== undefined;
  if (isRange && first === last) return fault('port', `${quote(text)} is a range of one port`, `write ${first}`);
  if (isRange) return fault('port', `the range ${text} runs backwards`, `write ${last}-${first}`);
  return fault('port', `${quote(text)} is not a port`, portRemedy(text));
}

/** `022` and ` 80` are told how they are written, if that is a port. */
function portRemedy(text: string): string {
  const plain = /^\s*0*(?<digits>\d{1,5})\s*$/.exec(text)?.groups?.['digits'] ?? '';
  return parsePorts(plain) === undefined
    ? 'write a whole number from 1 to 65535, or a range such as 27000-27100'
    : `write ${plain}`;
}

const LISTEN_REMEDY = 'write 6000, 27000-27100, 203.0.113.1:53, "[2001:db8::1]:443" or "*:6000"';
const V4_REMEDY = 'write the IPv4 address itself, four numbers such as 192.168.0.2';
const TARGET_REMEDY = 'write 192.168.0.2:5000, or "[2001:db8::10]:8443" with brackets';

const fault = (about: Fault['about'], message: string, remedy: string): { fault: Fault } => ({
  fault: { about, message, remedy },
});
