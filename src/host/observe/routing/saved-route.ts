import { SocketAddress } from 'node:net';
import { endianness } from 'node:os';
import type { Family } from '../../../model/model.ts';
import type { Route } from '../ip-schema.ts';
import { addressOf } from './address-digits.ts';

/** The names of interfaces by their numbers. */
export type Names = ReadonlyMap<number, string>;

const LITTLE = endianness() === 'LE';

/** Bytes: the header of a message, and both headers of a route. */
export const HEADER = 16;
export const HEADERS = 28;

/** linux/rtnetlink.h */
export const NEW_ROUTE = 24;
const MAIN = 254;
export const RTA = { dst: 1, oif: 4, gateway: 5, priority: 6, multipath: 9, table: 15, via: 18 } as const;

/** The attributes of a route: where each begins, and where it ends. */
interface Attributes {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

const attributes = (): Attributes => ({
  starts: new Int32Array(RTA.via + 1),
  ends: new Int32Array(RTA.via + 1),
});

/** A message of the kernel, as `ip route save` writes it. */
export class SavedRoute {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  /** Of an address. */
  readonly #size: number;
  readonly #names: Names;
  readonly #attributes = attributes();

  constructor(bytes: Buffer, family: Family, names: Names) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#size = family === 'ip' ? 4 : 16;
    this.#names = names;
  }

  /** As `ip route show` would print it. */
  toRoute(start: number): Route {
    const end = start + this.#view.getUint32(start, LITTLE);
    const found = this.#findAttributes(start + HEADERS, end, this.#attributes);
    const length = this.#view.getUint8(start + HEADER + 1);
    const dst = found.starts[RTA.dst] ?? 0;
    const table = this.#numberOf(RTA.table);
    const metric = this.#numberOf(RTA.priority);
    const hops = this.#hopsIn(found);
    const digits =
      dst === 0 || dst + this.#size > end
        ? '0'.repeat(2 * this.#size)
        : this.#bytes.toString('hex', dst, dst + this.#size);
    return {
      dst: length === 0 ? 'default' : `${textOf(digits)}/${length}`,
      ...this.#hopOf(this.#numberOf(RTA.oif), found),
      ...(metric === undefined ? {} : { metric }),
      ...(table === undefined || table === MAIN ? {} : { table: String(table) }),
      ...(hops.length === 0 ? {} : { nexthops: hops }),
    };
  }

  #findAttributes(from: number, to: number, found: Attributes): Attributes {
    const { starts, ends } = found;
    starts.fill(0);
    for (let at = from; at + 4 <= to;) {
      const size = this.#view.getUint16(at, LITTLE);
      if (size < 4 || at + size > to) break;
      const type = this.#view.getUint16(at + 2, LITTLE) & 0x3fff;
      if (type < starts.length) {
        starts[type] = at + 4;
        ends[type] = at + size;
      }
      at = aligned(at + size);
    }
    return found;
  }

  #numberOf(type: number): number | undefined {
    const { starts, ends } = this.#attributes;
    const start = starts[type] ?? 0;
    return start === 0 || (ends[type] ?? 0) < start + 4 ? undefined : this.#view.getUint32(start, LITTLE);
  }

  #deviceOf(oif: number | undefined): string | undefined {
    return oif === undefined ? undefined : this.#names.get(oif);
  }

  #hopOf(oif: number | undefined, { starts, ends }: Attributes): Hop {
    const addressAt = (type: number, skipped: number): string | undefined => {
      const start = starts[type] ?? 0;
      const digits = start === 0 ? '' : this.#bytes.toString('hex', start + skipped, ends[type]);
      return digits.length === 8 || digits.length === 32 ? textOf(digits) : undefined;
    };
    const dev = this.#deviceOf(oif);
    const gateway = addressAt(RTA.gateway, 0);
    // The family of the address comes before it.
    const host = addressAt(RTA.via, 2);
    return {
      ...(dev === undefined ? {} : { dev }),
      ...(gateway === undefined ? {} : { gateway }),
      ...(host === undefined ? {} : { via: { host } }),
    };
  }

  /** Each next hop has a header of 8 bytes: its length at 0, its interface at 4. */
  #hopsIn({ starts, ends }: Attributes): Hop[] {
    const hops: Hop[] = [];
    const start = starts[RTA.multipath] ?? 0;
    const end = start === 0 ? 0 : (ends[RTA.multipath] ?? 0);
    const own = attributes();
    for (let at = start; at + 8 <= end;) {
      const size = this.#view.getUint16(at, LITTLE);
      if (size < 8) break;
      this.#findAttributes(at + 8, Math.min(at + size, end), own);
      hops.push(this.#hopOf(this.#view.getInt32(at + 4, LITTLE), own));
      at = aligned(at + size);
    }
    return hops;
  }
}

type Hop = Pick<Route, 'dev' | 'gateway' | 'via'>;

export const aligned = (at: number): number => (at + 3) & ~3;

/** As ip prints it. */
function textOf(digits: string): string {
  const address = addressOf(digits);
  return digits.length === 8 ? address : new SocketAddress({ address, family: 'ipv6' }).address;
}
