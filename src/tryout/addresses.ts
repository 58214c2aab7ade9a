import { parseAddress } from '../model/address.ts';
import { bitsOf } from '../model/prefix.ts';

/** The address so many places after the first one of a prefix (`10.0.0.0/24`, 5: 10.0.0.5). Undefined outside it. */
export function addressAt(prefix: string, offset: number): string | undefined {
  const width = prefix.includes(':') ? 128 : 32;
  const bits = bitsOf(prefix);
  if (BigInt(offset) >= 1n << BigInt(width - bits.length)) return undefined;
  const value = BigInt(`0b${bits.padEnd(width, '0')}`) + BigInt(offset);
  return parseAddress(width === 32 ? dotted(value) : grouped(value))?.text;
}

/** The first one, from an offset on, that is not taken. The last address of a prefix is left out. */
export function freeAddress(prefix: string, taken: ReadonlySet<string>, from: number): string | undefined {
  for (let offset = from; offset < from + MOST; offset += 1) {
    const address = addressAt(prefix, offset);
    if (address === undefined || addressAt(prefix, offset + 1) === undefined) break;
    if (!taken.has(address)) return address;
  }
  return from > 1 ? freeAddress(prefix, taken, 1) : undefined;
}

const MOST = 1000;

const dotted = (value: bigint): string => [24n, 16n, 8n, 0n].map((shift) => `${(value >> shift) & 255n}`).join('.');

const grouped = (value: bigint): string =>
  [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((value >> shift) & 65_535n).toString(16)).join(':');

export const lengthOfFamily = (address: string): number => (address.includes(':') ? 128 : 32);
