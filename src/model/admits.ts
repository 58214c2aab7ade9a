import { bitsOf } from './prefix.ts';

/** Whether a forward with this `from` accepts a client. Fast for long lists, because it is called for thousands of flows. */
export function admits(from: readonly string[], address: string): boolean {
  if (from.length === 0) return true;
  const { lengths, prefixes } = indexOf(from);
  const bits = bitsOf(address);
  return lengths.some((length) => length <= bits.length && prefixes.has(keyOf(bits.slice(0, length), address)));
}

interface Index {
  readonly lengths: readonly number[];
  readonly prefixes: ReadonlySet<string>;
}

const indexes = new WeakMap<readonly string[], Index>();

function indexOf(from: readonly string[]): Index {
  const known = indexes.get(from);
  if (known !== undefined) return known;
  const sources = from.map((source) => ({ source, bits: bitsOf(source) }));
  const index = {
    lengths: [...new Set(sources.map(({ bits }) => bits.length))],
    prefixes: new Set(sources.map(({ source, bits }) => keyOf(bits, source))),
  };
  indexes.set(from, index);
  return index;
}

/** The same bits mean different addresses in IPv4 and IPv6. */
const keyOf = (bits: string, address: string): string => `${address.includes(':') ? 6 : 4} ${bits}`;
