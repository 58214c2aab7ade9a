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

/**
 * Parses an address without a port or prefix length. `text` of the result is the canonical form. Undefined if `text` is
 * not an address. Results are cached: parsing, checking and lowering ask for the same addresses.
 */
export function parseAddress(text: string): Address | undefined {
  const known = parsedAddresses.get(text);
  if (known !== undefined) return known;
  const version = isIP(text);
  if (version === 0 || text.includes('%')) return undefined;
  const address = version === 4 ? parseIPv4(text) : parseIPv6(text);
  parsedAddresses.set(text, address);
  return address;
}

/** isIP accepts only the canonical dotted quad. Most addresses are unicast, which saves a call of the library. */
const parseIPv4 = (text: string): Address => ({
  family: 'ip',
  text,
  kind: SPECIAL_IPV4.test(text) ? (KINDS[ipaddr.IPv4.parse(text).range()] ?? 'unicast') : 'unicast',
});

/** Every IPv4 range of KINDS begins like this; the library decides which one it is. */
const SPECIAL_IPV4 = /^(?:0|127|169|22[4-9]|23\d|255)\./;

function parseIPv6(text: string): Address {
  const ip = ipaddr.IPv6.parse(text);
  return { family: 'ip6', text: ip.toRFC5952String(), kind: KINDS[ip.range()] ?? 'unicast' };
}

const parsedAddresses = new Map<string, Address>();

/** 127.0.0.0/8 and ::1. Expects the canonical form; fast, because it is called for thousands of flows. */
export const isLoopback = (address: string): boolean =>
  (address.startsWith('127.') || address === '::1') && parseAddress(address)?.kind === 'loopback';

/** 169.254.0.0/16 and fe80::/10. Expects the canonical form. */
export const isLinkLocal = (address: string): boolean =>
  (address.startsWith('169.254.') || address.startsWith('fe')) && parseAddress(address)?.kind === 'link-local';

/** RFC 1918, carrier-grade NAT (RFC 6598) and the unique local addresses of IPv6 (RFC 4193). */
export const isPrivate = (address: string): boolean =>
  ipaddr.isValid(address) && PRIVATE_RANGES.has(ipaddr.parse(address).range());

const PRIVATE_RANGES: ReadonlySet<string> = new Set(['private', 'carrierGradeNat', 'uniqueLocal']);

const KINDS: Record<string, AddressKind> = {
  unspecified: 'unspecified',
  broadcast: 'broadcast',
  multicast: 'multicast',
  loopback: 'loopback',
  linkLocal: 'link-local',
  ipv4Mapped: 'v4-mapped',
};
