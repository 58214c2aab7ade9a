import * as z from 'zod/mini';
import { Failure } from '../../../failure/failure.ts';
import type { Family } from '../../../model/model.ts';
import { runToFile, type ReadPart } from '../../process/run-to-file.ts';
import { ipJson } from '../ip-json.ts';
import type { Route } from '../ip-schema.ts';
import type { Area, Surroundings } from './areas.ts';
import { NearMessages } from './near-messages.ts';
import { SavedRoute, type Names } from './saved-route.ts';

/**
 * The unicast routes in or around the areas, those without a router, and the default routes: of all tables, in one pass, as
 * `ip route show` would print them. Those in an area that lead the same way as the area are left out. ip saves the routes
 * as the messages of the kernel: to print a full internet table, it would need three times as long.
 */
export async function readNearRoutes({ family, areas }: Surroundings): Promise<readonly Route[]> {
  const option = family === 'ip' ? '-4' : '-6';
  const names = await interfaceNames();
  const { exitCode, content, stderr } = await runToFile(
    'ip',
    [option, 'route', 'save', 'table', 'all', 'type', 'unicast'],
    (read) => routesIn(read, family, areas, names),
  );
  if (exitCode !== 0)
    throw new Failure(
      'tool-failed',
      'ip could not save the routes of this host',
      'see its message below; portfwd needs the ip command of iproute2',
      stderr,
    );
  return content;
}

async function interfaceNames(): Promise<Names> {
  const links = await ipJson([], ['link show'], z.object({ ifindex: z.int(), ifname: z.string() }));
  return new Map(links.map(({ ifindex, ifname }) => [ifindex, ifname]));
}

/** Bytes that ip writes before the messages. */
const MAGIC = 4;

/** Bytes. A message has at most about 64 KiB, the most that the next hops of a route can have. */
const PART = 1024 * 1024;

/** Part by part, because there can be tens of megabytes. What is cut off or damaged is left out. */
export function routesIn(read: ReadPart, family: Family, areas: readonly Area[], names: Names): Route[] {
  const buffer = Buffer.allocUnsafe(PART);
  const indexes = new Map([...names].map(([index, name]) => [name, index]));
  const near = new NearMessages(buffer, family, areas, (name) => indexes.get(name));
  const route = new SavedRoute(buffer, family, names);
  const routes: Route[] = [];
  let [start, filled] = [MAGIC, 0];
  for (let count = read(buffer, 0); count !== 0; count = read(buffer, filled)) {
    filled += count;
    const next = near.find(start, filled);
    for (const at of near.starts.subarray(0, near.count)) routes.push(route.toRoute(at));
    if (next < 0) return routes;
    buffer.copyWithin(0, next, filled);
    [start, filled] = next > filled ? [next - filled, 0] : [0, filled - next];
  }
  return routes;
}
