import { parseAddress } from '../../model/address.ts';
import { bitsOf, isPrefix } from '../../model/prefix.ts';

/**
 * The clients of `10.0.0.1-10.0.0.9`, as addresses and prefixes. Undefined if the text is not a range from a lower to a
 * higher address.
 */
export function clientsOfRange(text: string): readonly string[] | undefined {
  const [first, last] = endsOf(text) ?? [];
  if (first === undefined || last === undefined || bitsOf(first) >= bitsOf(last)) return undefined;
  return prefixesBetween(bitsOf(first), bitsOf(last)).map(prefixOf);
}

/** For a range that is not one: the two addresses in their order, or `10.0.0.1-9` written out. */
export function rangeRemedy(text: string): string | undefined {
  const ends = endsOf(text) ?? shortRange(text);
  if (ends === undefined) return undefined;
  const [first, last] = ends;
  if (first === last) return `write ${first}`;
  return bitsOf(first) < bitsOf(last) ? `write ${first}-${last}` : `write ${last}-${first}`;
}

/** All clients except one address or prefix, as prefixes: for `!10.0.0.0/8`. */
export function clientsExcept(excluded: string): readonly string[] | undefined {
  const address = parseAddress(excluded);
  if (address?.text !== excluded && !isPrefix(excluded)) return undefined;
  const bits = bitsOf(excluded);
  const total = excluded.includes(':') ? 128 : 32;
  const others = Array.from(bits, (bit, at) => `${bits.slice(0, at)}${bit === '0' ? '1' : '0'}`);
  return others.sort().map((one) => prefixOf({ bits: one, total }));
}

function endsOf(text: string): readonly [string, string] | undefined {
  if (!text.includes('-') || text.length > MAX_LENGTH) return undefined;
  const [first = '', last = '', ...more] = text.split('-').map((part) => part.trim());
  const [low, high] = [parseAddress(first), parseAddress(last)];
  const isRange = more.length === 0 && low?.text === first && high?.text === last && low.family === high.family;
  return isRange ? [first, last] : undefined;
}

/** `10.0.0.1-9`, as nmap writes it. */
function shortRange(text: string): readonly [string, string] | undefined {
  const [, network = '', first = '', last = ''] =
    /^(\d{1,3}\.\d{1,3}\.\d{1,3}\.)(\d{1,3})\s*-\s*(\d{1,3})$/.exec(text) ?? [];
  return endsOf(`${network}${first}-${network}${last}`);
}

const MAX_LENGTH = 100;

interface Bits {
  readonly bits: string;
  readonly total: number;
}

/** The fewest prefixes that cover the addresses from `low` to `high`. */
function prefixesBetween(low: string, high: string, before = ''): Bits[] {
  const total = low.length;
  const left = total - before.length;
  if (low.endsWith('0'.repeat(left)) && high.endsWith('1'.repeat(left))) return [{ bits: before, total }];
  const [zero, one] = [`${before}0`, `${before}1`];
  const end = (bits: string, fill: string): string => bits.padEnd(total, fill);
  if (high < end(one, '0')) return prefixesBetween(low, high, zero);
  if (low > end(zero, '1')) return prefixesBetween(low, high, one);
  return [...prefixesBetween(low, end(zero, '1'), zero), ...prefixesBetween(end(one, '0'), high, one)];
}

/** `10.0.0.2/31`, or a single address. */
function prefixOf({ bits, total }: Bits): string {
  const full = bits.padEnd(total, '0');
  const step = total === 32 ? 8 : 16;
  const numbers = Array.from({ length: total / step }, (_, at) =>
    Number.parseInt(full.slice(at * step, (at + 1) * step), 2),
  );
  const text = total === 32 ? numbers.join('.') : numbers.map((number) => number.toString(16)).join(':');
  const address = parseAddress(text)?.text ?? text;
  return bits.length === total ? address : `${address}/${bits.length}`;
}
