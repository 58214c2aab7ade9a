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

/** `10.0.0.0/24`: a canonical address without host bits, and a length. */
export function isPrefix(text: string): boolean {
  const [, address = '', length = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const parsed = parseAddress(address);
  if (parsed?.text !== address || Number(length) > (parsed.family === 'ip' ? 32 : 128)) return false;
  const network =
    parsed.family === 'ip' ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text);
  return parseAddress(network.toString())?.text === address;
}

/** The last address of an IPv4 subnet, which the kernel treats as broadcast. A subnet of one or two addresses has none. */
export function broadcastOf(address: string, prefixLength: number): string | undefined {
  if (parseAddress(address)?.family !== 'ip' || prefixLength < 0 || prefixLength > 30) return undefined;
  return ipaddr.IPv4.broadcastAddressFromCIDR(`${address}/${prefixLength}`).toString();
}

/** The longest of the prefixes (`10.0.0.0/24`) that contains the address. */
export function longestMatch(prefixes: readonly string[], address: string): string | undefined {
  const parsed = ipaddr.parse(address);
  let best: { readonly prefix: string; readonly length: number } | undefined;
  for (const prefix of prefixes) {
    const [network, length] = parsePrefix(prefix);
    if (best !== undefined && length <= best.length) continue;
    if (parsed.kind() === network.kind() && parsed.match(network, length)) best = { prefix, length };
  }
  return best?.prefix;
}

/** Like longestMatch, for many addresses: one lookup for each prefix length instead of one test for each prefix. */
export function longestPrefixes(prefixes: readonly string[]): (address: string) => string | undefined {
  const known = new Set(prefixes);
  const lengths = { ip: lengthsOf(prefixes, false), ip6: lengthsOf(prefixes, true) };
  return (address) => {
    for (const length of lengths[address.includes(':') ? 'ip6' : 'ip']) {
      const prefix = networkOf(address, length);
      if (known.has(prefix)) return prefix;
    }
    return undefined;
  };
}

/** Longest first. */
const lengthsOf = (prefixes: readonly string[], ofIPv6: boolean): number[] =>
  [
    ...new Set(prefixes.filter((prefix) => prefix.includes(':') === ofIPv6).map((prefix) => parsePrefix(prefix)[1])),
  ].sort((a, b) => b - a);

/** 10.0.0.7 and 24 give `10.0.0.0/24`. IPv4 is computed here because the library is too slow for thousands of addresses. */
function networkOf(address: string, length: number): string {
  if (address.includes(':'))
    return `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/${length}`).toRFC5952String()}/${length}`;
  const bytes = address.split('.').map((byte, index) => {
    const kept = Math.max(0, Math.min(8, length - 8 * index));
    return Number(byte) & (0xff00 >> kept) & 0xff;
  });
  return `${bytes.join('.')}/${length}`;
}

/** The first prefix is equal to the second or a part of it. */
export const isWithin = (prefix: string, whole: string): boolean =>
  parsePrefix(prefix)[1] >= parsePrefix(whole)[1] && longestMatch([whole], prefix.split('/')[0] ?? '') !== undefined;

const parsedPrefixes = new Map<string, [ipaddr.IPv4 | ipaddr.IPv6, number]>();

function parsePrefix(prefix: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const known = parsedPrefixes.get(prefix) ?? ipaddr.parseCIDR(prefix);
  parsedPrefixes.set(prefix, known);
  return known;
}

const KINDS: Record<string, AddressKind> = {
  unspecified: 'unspecified',
  broadcast: 'broadcast',
  multicast: 'multicast',
  loopback: 'loopback',
  linkLocal: 'link-local',
  ipv4Mapped: 'v4-mapped',
};
