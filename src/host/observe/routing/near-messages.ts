import { endianness } from 'node:os';
import type { Family } from '../../../model/model.ts';
import { digitsOf } from './address-digits.ts';
import type { Area } from './areas.ts';
import { firstFrom } from './first-from.ts';
import { aligned, HEADER, HEADERS, NEW_ROUTE, RTA } from './saved-route.ts';

const LITTLE = endianness() === 'LE';

/**
 * Finds the messages of the routes in or around the areas, of those without a router, and of the default routes. Those in
 * an area that lead the same way as the area are left out. There can be hundreds of thousands of messages, so this handles
 * only small numbers, and makes no objects: addresses are numbers of 16 bits.
 */
export class NearMessages {
  /** Where the messages begin that the last call of `find` found. */
  readonly starts: Int32Array;
  count = 0;
  readonly #view: DataView;
  readonly #words: number;
  readonly #firsts: Uint16Array;
  readonly #lengths: Uint8Array;
  /** The only way of each area: its router, as a position in `#routers`, and its interface. 0: there are several. */
  readonly #ways: Uint32Array;
  readonly #interfaces: Int32Array;
  readonly #routers: Uint16Array;
  /** The first area that begins after the previous route. */
  #next = 0;

  constructor(bytes: Buffer, family: Family, areas: readonly Area[], indexOf: (name: string) => number | undefined) {
    const words = family === 'ip' ? 2 : 8;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.starts = new Int32Array(bytes.length / HEADERS);
    this.#words = words;
    this.#firsts = wordsOf(
      areas.map(({ first }) => first),
      words,
    );
    this.#lengths = Uint8Array.from(areas, ({ length }) => length);
    this.#ways = new Uint32Array(areas.length);
    this.#interfaces = new Int32Array(areas.length);
    const routers = new Map<string, number>();
    for (const [index, { only }] of areas.entries()) {
      if (only?.via === undefined || only.via.includes(':') !== (family === 'ip6')) continue;
      if (!routers.has(only.via)) routers.set(only.via, routers.size);
      this.#ways[index] = routers.get(only.via) ?? 0;
      this.#interfaces[index] = indexOf(only.interface) ?? 0;
    }
    this.#routers = wordsOf([...routers.keys()].map(digitsOf), words);
  }

  /** Between these positions. Returns where the first message begins that is not whole; -1 if one is damaged. */
  find(start: number, filled: number): number {
    const view = this.#view;
    let count = 0;
    let at = start;
    while (at + HEADERS <= filled) {
      const end = at + view.getInt32(at, LITTLE);
      if (end < at + HEADERS) {
        at = -1;
        break;
      }
      if (end > filled) break;
      this.starts[count] = at;
      count += view.getUint16(at + 4, LITTLE) === NEW_ROUTE && this.#isNeeded(at, end) ? 1 : 0;
      at = aligned(end);
    }
    this.count = count;
    return at;
  }

  #isNeeded(start: number, end: number): boolean {
    const view = this.#view;
    const length = view.getUint8(start + HEADER + 1);
    if (length === 0) return true;
    let [dst, gateway, hops] = [0, 0, 0];
    for (let at = start + HEADERS; at + 4 <= end && (dst === 0 || gateway === 0);) {
      const size = view.getUint16(at, LITTLE);
      if (size < 4 || at + size > end) break;
      const type = view.getUint16(at + 2, LITTLE) & 0x3fff;
      if (type === RTA.dst) dst = at + 4;
      else if (type === RTA.gateway) gateway = at + 4;
      else if (type === RTA.via || type === RTA.multipath) hops = at + 4;
      at = aligned(at + size);
    }
    if (gateway === 0 && hops === 0) return true;
    if (dst === 0 || dst + 2 * this.#words > end) return false;
    const area = this.#areaBefore(dst);
    if (area < 0 || !this.#agree(area, dst, this.#lengths[area] ?? 0))
      return this.#next < this.#lengths.length && this.#agree(this.#next, dst, length);
    return length < (this.#lengths[area] ?? 0) || !this.#isSameWay(area, gateway, end);
  }

  /** The route with this gateway has no other, and leads the same way as the area. The interface follows the gateway. */
  #isSameWay(area: number, gateway: number, end: number): boolean {
    const view = this.#view;
    const words = this.#words;
    const after = gateway + 2 * words;
    if (gateway === 0 || after + 8 > end || view.getUint16(after + 2, LITTLE) !== RTA.oif) return false;
    const oif = view.getInt32(after + 4, LITTLE);
    return (
      oif !== 0 && oif === this.#interfaces[area] && this.#compare(this.#routers, this.#ways[area] ?? 0, gateway) === 0
    );
  }

  /** The last area that does not begin after the address. Most routes come in the order of their prefixes. */
  #areaBefore(dst: number): number {
    const areas = this.#lengths.length;
    const isAfter = (area: number): boolean => this.#compare(this.#firsts, area, dst) > 0;
    if (this.#next > 0 && isAfter(this.#next - 1)) this.#next = firstFrom(this.#next, isAfter);
    else if (this.#next < areas && !isAfter(this.#next)) {
      this.#next += 1;
      if (this.#next < areas && !isAfter(this.#next)) this.#next = firstFrom(areas, isAfter);
    }
    return this.#next - 1;
  }

  /** One of these addresses with the one at this position. */
  #compare(addresses: Uint16Array, index: number, at: number): number {
    const words = this.#words;
    for (let word = 0; word < words; word += 1) {
      const difference = (addresses[index * words + word] ?? 0) - this.#view.getUint16(at + 2 * word);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** The first address of an area and the address at this position begin with the same bits. */
  #agree(area: number, at: number, bits: number): boolean {
    const words = this.#words;
    for (let word = 0; word < words && 16 * word < bits; word += 1) {
      const difference = (this.#firsts[area * words + word] ?? 0) ^ this.#view.getUint16(at + 2 * word);
      if (difference >> Math.max(0, 16 * (word + 1) - bits) !== 0) return false;
    }
    return true;
  }
}

/** Of addresses as digits. */
function wordsOf(addresses: readonly string[], count: number): Uint16Array {
  const words = new Uint16Array(addresses.length * count);
  for (const [index, digits] of addresses.entries())
    for (let word = 0; word < count; word += 1)
      words[index * count + word] = Number.parseInt(digits.slice(4 * word, 4 * word + 4), 16);
  return words;
}
