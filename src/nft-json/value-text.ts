import { objectOf } from './objects.ts';

/**
 * The right side of a match, or a part of a key, in nft's own syntax: `10.0.0.0/24`, `{ 22, 80-90 }`. An unknown value
 * stays JSON. `of` is the field or the type of the value: it decides what a number of `nft -n` means.
 */
export function valueText(value: unknown, of = ''): string {
  if (typeof value === 'string' || typeof value === 'number') return wordFor(value, of) ?? `${value}`;
  if (Array.isArray(value)) return textsOf(value, of).join(',');
  const { prefix, range, set, concat, elem } = objectOf(value);
  if (prefix !== undefined) return prefixText(prefix);
  if (Array.isArray(range)) return textsOf(range, of).join('-');
  if (Array.isArray(set)) return `{ ${textsOf(set, of).join(', ')} }`;
  if (Array.isArray(concat)) return textsOf(concat, of).join(' . ');
  if (elem !== undefined) return valueText(objectOf(elem)['val'], of);
  return JSON.stringify(value) ?? 'nothing';
}

const textsOf = (values: readonly unknown[], of: string): string[] => values.map((value) => valueText(value, of));

function prefixText(prefix: unknown): string {
  const { addr, len } = objectOf(prefix);
  return `${valueText(addr)}/${valueText(len)}`;
}

/** Every value that the right side of a match names. Undefined: one of them is the name of a set, or is not known. */
export function valuesOf(value: unknown): readonly string[] | undefined {
  if (typeof value === 'number') return [`${value}`];
  if (typeof value === 'string') return value.startsWith('@') ? undefined : [value];
  if (Array.isArray(value)) return allOf(value);
  const { set, range, prefix, elem } = objectOf(value);
  if (set !== undefined) return valuesOf(set);
  if (Array.isArray(range) || prefix !== undefined) return [valueText(value)];
  return elem === undefined ? undefined : valuesOf(objectOf(elem)['val']);
}

function allOf(values: readonly unknown[]): readonly string[] | undefined {
  const read = values.map(valuesOf);
  return read.every((some) => some !== undefined) ? read.flat() : undefined;
}

const PROTOCOLS = { 6: 'tcp', 17: 'udp', 132: 'sctp' };
const ADDRESS_TYPES = { 2: 'local' };

function wordFor(value: string | number, of: string): string | undefined {
  const words = Object.hasOwn(WORDS, of) ? WORDS[of] : undefined;
  return words !== undefined && Object.hasOwn(words, value) ? words[value] : undefined;
}

/** `nft -n` prints numbers for these. nft 0.9.8 prints words in some places nevertheless. */
const WORDS: Readonly<Record<string, Readonly<Record<string | number, string>>>> = {
  inet_proto: PROTOCOLS,
  'meta l4proto': PROTOCOLS,
  'meta nfproto': { 2: 'ipv4', 10: 'ipv6' },
  'ct status': { 32: 'dnat' },
  'ct state': { 1: 'invalid', 2: 'established', 4: 'related', 8: 'new' },
  'fib daddr type': ADDRESS_TYPES,
  'fib saddr type': ADDRESS_TYPES,
  'fib saddr . oif type': ADDRESS_TYPES,
};
