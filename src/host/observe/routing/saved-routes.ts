import { SocketAddress } from 'node:net';
import { endianness } from 'node:os';
import * as z from 'zod/mini';
import { Failure } from '../../../failure/failure.ts';
import type { Family } from '../../../model/model.ts';
import { runToBytes } from '../../process/run-to-bytes.ts';
import { ipJson } from '../ip-json.ts';
import type { Route } from '../ip-schema.ts';
import { addressOf } from './address-digits.ts';

/** What tells whether a route is needed, of all routes. */
export type IsNeeded = (digits: string, length: number, hasRouter: boolean) => boolean;

/**
 * The unicast routes of all tables that are needed, as `ip route show` would print them. ip saves them as the messages of
 * the kernel: to print a full internet table, it would need three times as long.
 */
export async function readSavedRoutes(family: Family, isNeeded: IsNeeded): Promise<readonly Route[]> {
  const option = family === 'ip' ? '-4' : '-6';
  const [names, { exitCode, bytes, stderr }] = await Promise.all([
    interfaceNames(),
    runToBytes('ip', [option, 'route', 'save', 'table', 'all', 'type', 'unicast']),
  ]);
  if (exitCode !== 0)
    throw new Failure(
      'tool-failed',
      'ip could not save the routes of this host',
      'see its message below; portfwd needs the ip command of iproute2',
      stderr,
    );
  return routesIn(bytes, family, isNeeded, names);
}

type Names = ReadonlyMap<number, string>;

async function interfaceNames(): Promise<Names> {
  const links = await ipJson([], ['link show'], z.object({ ifindex: z.int(), ifname: z.string() }));
  return new Map(links.map(({ ifindex, ifname }) => [ifindex, ifname]));
}

const LITTLE = endianness() === 'LE';

/** Bytes: what ip writes before the messages, the header of a message, and both headers of a route. */
const MAGIC = 4;
const HEADER = 16;
const HEADERS = 28;

/** linux/rtnetlink.h */
const NEW_ROUTE = 24;
const MAIN = 254;
const RTA = { dst: 1, oif: 4, gateway: 5, priority: 6, multipath: 9, table: 15, via: 18 } as const;

/** The attributes of a route: where each begins, and where it ends. */
interface Attributes {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** A loop over numbers, because there can be hundreds of thousands of routes. What is cut off or damaged is left out. */
export function routesIn(bytes: Buffer, family: Family, isNeeded: IsNeeded, names: Names): Route[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = family === 'ip' ? 4 : 16;
  const none = '0'.repeat(2 * size);
  const attributes = { starts: new Int32Array(RTA.via + 1), ends: new Int32Array(RTA.via + 1) };
  const { starts } = attributes;
  const routes: Route[] = [];
  for (let at = MAGIC; at + HEADERS <= bytes.length;) {
    const end = at + view.getUint32(at, LITTLE);
    if (end < at + HEADERS || end > bytes.length) break;
    if (view.getUint16(at + 4, LITTLE) === NEW_ROUTE) {
      findAttributes(view, at + HEADERS, end, attributes);
      const dst = starts[RTA.dst] ?? 0;
      const digits = dst === 0 || dst + size > end ? none : bytes.toString('hex', dst, dst + size);
      const length = view.getUint8(at + HEADER + 1);
      const hasRouter = starts[RTA.gateway] !== 0 || starts[RTA.via] !== 0 || starts[RTA.multipath] !== 0;
      if (isNeeded(digits, length, hasRouter)) routes.push(routeOf(bytes, view, digits, length, attributes, names));
    }
    at = aligned(end);
  }
  return routes;
}

const aligned = (at: number): number => (at + 3) & ~3;

function findAttributes(view: DataView, from: number, to: number, { starts, ends }: Attributes): void {
  starts.fill(0);
  for (let at = from; at + 4 <= to;) {
    const length = view.getUint16(at, LITTLE);
    if (length < 4 || at + length > to) return;
    const type = view.getUint16(at + 2, LITTLE) & 0x3fff;
    if (type < starts.length) {
      starts[type] = at + 4;
      ends[type] = at + length;
    }
    at = aligned(at + length);
  }
}

function routeOf(
  bytes: Buffer,
  view: DataView,
  digits: string,
  length: number,
  attributes: Attributes,
  names: Names,
): Route {
  const number = (type: number): number | undefined => {
    const start = attributes.starts[type] ?? 0;
    return start === 0 || (attributes.ends[type] ?? 0) < start + 4 ? undefined : view.getUint32(start, LITTLE);
  };
  const table = number(RTA.table);
  const metric = number(RTA.priority);
  const hops = hopsIn(bytes, view, attributes, names);
  return {
    dst: length === 0 ? 'default' : `${textOf(digits)}/${length}`,
    ...hopOf(bytes, number(RTA.oif), attributes, names),
    ...(metric === undefined ? {} : { metric }),
    ...(table === undefined || table === MAIN ? {} : { table: String(table) }),
    ...(hops.length === 0 ? {} : { nexthops: hops }),
  };
}

type Hop = Pick<Route, 'dev' | 'gateway' | 'via'>;

function hopOf(bytes: Buffer, oif: number | undefined, { starts, ends }: Attributes, names: Names): Hop {
  const addressAt = (type: number, skipped: number): string | undefined => {
    const start = starts[type] ?? 0;
    const digits = start === 0 ? '' : bytes.toString('hex', start + skipped, ends[type]);
    return digits.length === 8 || digits.length === 32 ? textOf(digits) : undefined;
  };
  const dev = oif === undefined ? undefined : names.get(oif);
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
function hopsIn(bytes: Buffer, view: DataView, { starts, ends }: Attributes, names: Names): Hop[] {
  const hops: Hop[] = [];
  const start = starts[RTA.multipath] ?? 0;
  const end = start === 0 ? 0 : (ends[RTA.multipath] ?? 0);
  const own = { starts: new Int32Array(RTA.via + 1), ends: new Int32Array(RTA.via + 1) };
  for (let at = start; at + 8 <= end;) {
    const length = view.getUint16(at, LITTLE);
    if (length < 8) break;
    findAttributes(view, at + 8, Math.min(at + length, end), own);
    hops.push(hopOf(bytes, view.getInt32(at + 4, LITTLE), own, names));
    at = aligned(at + length);
  }
  return hops;
}

/** As ip prints it. */
function textOf(digits: string): string {
  const address = addressOf(digits);
  return digits.length === 8 ? address : new SocketAddress({ address, family: 'ipv6' }).address;
}
