import { quote } from '../finding/quote.ts';
import { parseAddress, type Address } from '../model/address.ts';
import type { Family, PortRange } from '../model/model.ts';
import { parsePorts } from '../model/ports.ts';
import { EVERY_ADDRESS, interfaceFault, looksLikeInterface } from './listen-interface.ts';
import {
  bracketsRemedy,
  localhostRemedy,
  portAloneRemedy,
  rangeMeantBy,
  targetMeantBy,
  twoPortsRemedy,
} from './spelling/exact-lines.ts';
import { protocolsMeantBy, protocolText } from './spelling/protocols.ts';

/** What is wrong with the text of a listen or a target; the caller adds the code of the finding. */
export interface Fault {
  readonly about: 'syntax' | 'address' | 'port';
  readonly message: string;
  readonly remedy: string;
}

export type Parsed<T> = { readonly ok: T } | { readonly fault: Fault };

/** Splits `host:ports`. An IPv6 address keeps its brackets. */
const LISTEN = /^(?:(\[[^\]]*\]|[^:[\]]*):)?([^:[\]]*)$/;
const TARGET = /^(\[[^\]]*\]|[^:[\]]*)(?::([^:[\]]*))?$/;

export interface ListenText {
  readonly family?: Family;
  readonly address?: Address;
  /** Not checked yet. */
  readonly interface?: string;
  readonly ports: PortRange;
}

/** `target` is that of the forward, for the remedy. */
export function parseListenText(text: string, target?: unknown): Parsed<ListenText> {
  const match = LISTEN.exec(text);
  if (match === null) return portMissing(text) ?? fault('syntax', `invalid listen ${quote(text)}`, listenRemedy(text));
  const [, host, written = ''] = match;
  const ports = portsOf(written);
  if ('fault' in ports) return portMissing(text) ?? listFault(text, host, written) ?? ports;
  if (host === undefined || host === '' || host === '*') return { ok: { ports: ports.ok } };
  if (host === '0.0.0.0') return { ok: { family: 'ip', ports: ports.ok } };
  if (host === '[::]') return { ok: { family: 'ip6', ports: ports.ok } };
  if (/^\d+$/.test(host))
    return fault('port', `${quote(text)} has two ports with ":" between them`, twoPortsRemedy(host, written, target));
  if (EVERY_ADDRESS.has(host))
    return fault('address', `${quote(host)} is not an address`, `write ${written} to listen on every address`);
  if (looksLikeInterface(host)) return interfaceOf(host, ports.ok);
  if (isLocalhost(host)) return localhostFault(host, `write 127.0.0.1:${written}`);
  const address = addressOf(host, written);
  return 'fault' in address ? address : { ok: { family: address.ok.family, address: address.ok, ports: ports.ok } };
}

function interfaceOf(name: string, ports: PortRange): Parsed<ListenText> {
  const invalid = interfaceFault(name);
  return invalid === undefined ? { ok: { interface: name, ports } } : fault('address', invalid.message, invalid.remedy);
}

/** `80 443`, `203.0.113.1:80,443` */
function listFault(text: string, host: string | undefined, ports: string): { fault: Fault } | undefined {
  const items = ports.trim().split(/\s*[,;]\s*|\s+/);
  if (items.length < 2 || items.some((item) => parsePorts(item) === undefined)) return undefined;
  const listens = items.map((item) => (host === undefined ? item : `"${host}:${item}"`));
  return fault('port', `${quote(text)} has several ports`, `write a list: [${listens.join(', ')}]`);
}

export function parseTargetText(text: string): Parsed<{ address: Address; ports?: PortRange }> {
  const match = TARGET.exec(text);
  if (match === null) return fault('syntax', `invalid target ${quote(text)}`, targetRemedy(text));
  const [, host = '', port] = match;
  const alone = /^\d*$/.test(host) ? (port ?? host) : '';
  if (parsePorts(alone) !== undefined) return fault('address', `${quote(text)} has no address`, portAloneRemedy(alone));
  if (isLocalhost(host)) return localhostFault(host, localhostRemedy(port));
  const address = addressOf(host, match[2]);
  if ('fault' in address) return address;
  if (match[2] === undefined) return { ok: { address: address.ok } };
  const ports = portsOf(match[2]);
  return 'fault' in ports ? ports : { ok: { address: address.ok, ports: ports.ok } };
}

/** `203.0.113.1`, `[2001:db8::1]`, `*`: a listen without its port. */
function portMissing(text: string): { fault: Fault } | undefined {
  const host = text.replace(/:$/, '');
  const isHost = host === '*' || (/^\[.*\]$|\./.test(host) && 'ok' in addressOf(host));
  const all = host === '*' ? '' : `, or "${host}:1-65535" for all`;
  return isHost ? fault('port', `${quote(text)} has no port`, `add one, such as "${host}:6000"${all}`) : undefined;
}

const isLocalhost = (host: string): boolean => host.toLowerCase() === 'localhost';

/** Names are not looked up, but this one is only for this host. */
const localhostFault = (host: string, remedy: string): { fault: Fault } =>
  fault('address', `${quote(host)} is not an address`, remedy);

/** `port` is what follows the address, for the remedy. */
function addressOf(host: string, port?: string): Parsed<Address> {
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  const address = parseAddress(bare);
  const withPort = (text: string): string => (port === undefined ? text : `${text}:${port}`);
  if (address === undefined) {
    const remedy = targetRemedyIfClear(withPort(host)) ?? addressRemedy(bare);
    return fault('address', `${quote(bare)} is not an address`, remedy);
  }
  if (address.kind === 'v4-mapped')
    return fault('address', `${bare} is an IPv4-mapped IPv6 address, which never appears on the wire`, V4_REMEDY);
  if (address.text !== bare)
    return fault(
      'address',
      `${bare} is not the canonical form of this address`,
      port === undefined ? `write ${address.text}` : `write "${withPort(`[${address.text}]`)}"`,
    );
  if ((address.family === 'ip6') !== host.startsWith('[')) {
    return fault('address', `${bare} is an IPv4 address in brackets`, `write ${withPort(bare)}`);
  }
  return { ok: address };
}

/** The remedy for text that is not an address. */
export function addressRemedy(text: string): string {
  if (/^\d+(?:\.\d+){3}$/.test(text)) {
    const plain = text.split('.').map(Number);
    return plain.every((octet) => octet <= 255)
      ? `write it without leading zeros: ${plain.join('.')}`
      : 'use numbers from 0 to 255';
  }
  if (/^[\d.]+$/.test(text)) return 'write four numbers, such as 192.168.0.2';
  if (/:.*\/-/.test(text))
    return 'write one whole address; if the provider changes the prefix, use a unique local address (fd00::/8) of the target, which stays';
  if (text.includes('/')) return 'write one address, not a prefix';
  if (text.includes(',')) return 'write one address; a forward has one target';
  if (text.includes('%')) return 'remove the zone and name the interface with the key interface';
  return 'write an address; names are not looked up, because their addresses can change';
}

function portsOf(text: string): Parsed<PortRange> {
  const ports = parsePorts(text);
  if (ports !== undefined) return { ok: ports };
  const [first = '', last = '', ...more] = text.split('-');
  const isRange = more.length === 0 && parsePorts(first) !== undefined && parsePorts(last) !== undefined;
  if (isRange && first === last) return fault('port', `${quote(text)} is a range of a single port`, `write ${first}`);
  if (isRange) return fault('port', `${text} is a range in descending order`, `write ${last}-${first}`);
  return fault('port', `invalid port ${quote(text)}`, portRemedy(text));
}

/** For `022`, ` 80`, `80 - 90` and `80/udp`, what was probably meant. */
function portRemedy(text: string): string {
  const plain = /^\s*0*(?<digits>\d{1,5})\s*$/.exec(text)?.groups?.['digits'] ?? '';
  if (parsePorts(plain) !== undefined) return `write ${plain}`;
  const range = rangeMeantBy(text);
  if (range !== undefined) return `write ${range}`;
  return suffixRemedy(text) ?? 'write a whole number from 1 to 65535, or a range such as 27000-27100';
}

/** For the protocol of a port where the key `protocol` says something else. */
function suffixRemedy(text: string): string | undefined {
  const slash = text.indexOf('/');
  const [before, after] = [text.slice(0, slash).trim(), text.slice(slash + 1).trim()];
  const port = [before, after].find((part) => parsePorts(part) !== undefined);
  const protocols = protocolsMeantBy(port === before ? after : before);
  if (slash === -1 || port === undefined || protocols === undefined) return undefined;
  return `write ${port}, and protocol: ${protocolText(protocols)} in a forward of its own`;
}

function listenRemedy(text: string): string {
  const [, label, port] = /^([A-Za-z][\w.-]{0,14}:\d{1,4}):([\d-]+)$/.exec(text) ?? [];
  if (label !== undefined)
    return `write the address that ip address shows for ${label}, such as 203.0.113.1:${port}; a label is not an interface`;
  return bracketsRemedy(text, true) ?? LISTEN_REMEDY;
}

const targetRemedyIfClear = (text: string): string | undefined => {
  const meant = targetMeantBy(text);
  return meant === undefined ? undefined : `write ${meant.startsWith('[') ? `"${meant}"` : meant}`;
};

const targetRemedy = (text: string): string =>
  targetRemedyIfClear(text) ?? bracketsRemedy(text, false) ?? TARGET_REMEDY;

const LISTEN_REMEDY = 'write 6000, 27000-27100, 203.0.113.1:53, "[2001:db8::1]:443", "*:6000" or eth0:6000';
const V4_REMEDY = 'write the IPv4 address itself, such as 192.168.0.2';
const TARGET_REMEDY = 'write an address with a port, such as 192.168.0.2:5000 or "[2001:db8::10]:8443"';

const fault = (about: Fault['about'], message: string, remedy: string): { fault: Fault } => ({
  fault: { about, message, remedy },
});
