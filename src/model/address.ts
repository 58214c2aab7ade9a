import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Family } from './model.ts';

export type AddressKind =
  | 'unspecified'
  | 'broadcast'
  | 'multicast'
  | 'loopback'
  | 'link-local'
  | 'v4-mapped'
  | 'unicast';

export interface Address {
  readonly family: Family;
  /** Dotted quad, or RFC 5952. */
  readonly text: string;
  readonly kind: AddressKind;
}

/** Undefined unless `text` is an address literal; `text` of the result tells how it should have been written. */
export function parseAddress(text: string): Address | undefined {
  const version = isIP(text);
  if (version === 0 || text.includes('%')) return undefined;
  const parsed = ipaddr.parse(text);
  return version === 4
    ? { family: 'ip', text, kind: kindOf(parsed.range()) }
    : { family: 'ip6', text: (parsed as ipaddr.IPv6).toRFC5952String(), kind: kindOf(parsed.range()) };
}

/** `10.0.0.0/24` contains `10.0.0.2`. Both canonical; another family is never contained. */
export function prefixContains(prefix: string, address: string): boolean {
  const [network, length] = parseCidr(prefix);
  const parsed = ipaddr.parse(address);
  return parsed.kind() === network.kind() && parsed.match(network, length);
}

const parsedPrefixes = new Map<string, [ipaddr.IPv4 | ipaddr.IPv6, number]>();

function parseCidr(prefix: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const known = parsedPrefixes.get(prefix);
  if (known !== undefined) return known;
  const parsed = ipaddr.parseCIDR(prefix);
  parsedPrefixes.set(prefix, parsed);
  return parsed;
}

const KINDS: Record<string, AddressKind> = {
  unspecified: 'unspecified',
  broadcast: 'broadcast',
  multicast: 'multicast',
  loopback: 'loopback',
  linkLocal: 'link-local',
  ipv4Mapped: 'v4-mapped',
};

const kindOf = (range: string): AddressKind => KINDS[range] ?? 'unicast';
