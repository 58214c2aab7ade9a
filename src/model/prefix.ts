import ipaddr from 'ipaddr.js';
import { parseAddress } from './address.ts';
import type { Family } from './model.ts';

/** `10.0.0.0/24`: a canonical address without host bits, and a length. */
export function isPrefix(text: string): boolean {
  const [, address = '', length = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const parsed = parseAddress(address);
  if (parsed?.text !== address || Number(length) > (parsed.family === 'ip' ? 32 : 128)) return false;
  return firstAndLast(text)[0] === address;
}

/** The first and the last address of a prefix. */
export function firstAndLast(prefix: string): readonly [string, string] {
  const parser = prefix.includes(':') ? ipaddr.IPv6 : ipaddr.IPv4;
  return [canonical(parser.networkAddressFromCIDR(prefix)), canonical(parser.broadcastAddressFromCIDR(prefix))];
}

const canonical = (address: ipaddr.IPv4 | ipaddr.IPv6): string => parseAddress(address.toString())?.text ?? '';

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

/** Like longestMatch, for many addresses. */
export function longestPrefixes(prefixes: readonly string[]): (address: string) => string | undefined {
  const find = prefixesAround(prefixes);
  return (address) => {
    for (const prefix of find(address)) return prefix;
    return undefined;
  };
}

/** Finds those of the prefixes that contain an address, longest first: one lookup for each prefix length. */
export function prefixesAround(prefixes: readonly string[]): (address: string) => Iterable<string> {
  const known = new Set(prefixes);
  const lengths = { ip: lengthsOf(prefixes, false), ip6: lengthsOf(prefixes, true) };
  return function* (address) {
    for (const length of lengths[address.includes(':') ? 'ip6' : 'ip']) {
      const prefix = networkOf(address, length);
      if (known.has(prefix)) yield prefix;
    }
  };
}

/** Longest first. */
const lengthsOf = (prefixes: readonly string[], ofIPv6: boolean): number[] =>
  [
    ...new Set(
      prefixes
        .filter((prefix) => prefix.includes(':') === ofIPv6)
        .map((prefix) => Number(prefix.slice(prefix.indexOf('/') + 1))),
    ),
  ].sort((a, b) => b - a);

/** 10.0.0.7 and 24 give `10.0.0.0/24`. IPv4 is computed here because the library is too slow for thousands of addresses. */
export function networkOf(address: string, length: number): string {
  if (address.includes(':'))
    return `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/${length}`).toRFC5952String()}/${length}`;
  const bytes = address.split('.').map((byte, index) => {
    const kept = Math.max(0, Math.min(8, length - 8 * index));
    return Number(byte) & (0xff00 >> kept) & 0xff;
  });
  return `${bytes.join('.')}/${length}`;
}

/** `255.255.255.0`, `ffff:ffff::` */
export const maskOf = (family: Family, length: number): string =>
  networkOf(family === 'ip' ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', length).split('/')[0] ??
  '';

/** The first prefix is equal to the second or a part of it. */
export const isWithin = (prefix: string, whole: string): boolean =>
  parsePrefix(prefix)[1] >= parsePrefix(whole)[1] && longestMatch([whole], prefix.split('/')[0] ?? '') !== undefined;

const parsedPrefixes = new Map<string, [ipaddr.IPv4 | ipaddr.IPv6, number]>();

function parsePrefix(prefix: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const known = parsedPrefixes.get(prefix) ?? (prefix.includes(':') ? ipaddr.IPv6 : ipaddr.IPv4).parseCIDR(prefix);
  parsedPrefixes.set(prefix, known);
  return known;
}

const BITS = Array.from({ length: 256 }, (_, byte) => byte.toString(2).padStart(8, '0'));

/** An address or a prefix as a text of bits: a prefix contains another if the other's text begins with its own. */
export function bitsOf(source: string): string {
  const known = knownBits.get(source);
  if (known !== undefined) return known;
  const bits = computedBits(source);
  if (knownBits.size < MOST_KNOWN) knownBits.set(source, bits);
  return bits;
}

/** Many forwards have the same clients. */
const knownBits = new Map<string, string>();
const MOST_KNOWN = 10_000;

function computedBits(source: string): string {
  const [address = '', length] = source.split('/');
  const bits = address.includes(':') ? bitsOfIPv6(address) : bitsOfIPv4(address);
  return length === undefined ? bits : bits.slice(0, Number(length));
}

function bitsOfIPv4(address: string): string {
  let bits = '';
  for (const byte of address.split('.')) bits += BITS[Number(byte)] ?? '';
  return bits;
}

/** `2001:db8::1`; the last 32 bits may be written as IPv4. */
function bitsOfIPv6(address: string): string {
  const [head = '', tail] = address.split('::');
  const first = bitsOfGroups(head);
  return tail === undefined ? first : first + bitsOfGroups(tail).padStart(128 - first.length, '0');
}

function bitsOfGroups(text: string): string {
  let bits = '';
  for (const group of text === '' ? [] : text.split(':')) {
    const value = Number.parseInt(group, 16);
    bits += group.includes('.') ? bitsOfIPv4(group) : `${BITS[value >> 8]}${BITS[value & 0xff]}`;
  }
  return bits;
}
