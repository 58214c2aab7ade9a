import { readdirSync } from 'node:fs';
import type { ReversePath } from '../../diagnose/observations.ts';
import { readSysctl } from '../state/sysctl.ts';
import { ipJson } from './ip-json.ts';
import { addressesSchema } from './ip-schema.ts';
import { routeLookups } from './routing/route-lookups.ts';

/** An address that only a default route matches. No packet is sent there. */
const STRANGER = '1.2.3.4';

/** For this destination the kernel only checks the source. */
const EVERYONE = '255.255.255.255';

/**
 * Asks the kernel about each interface under strict rp_filter. A routing rule for one of its addresses counts, because
 * the kernel checks the route of the reply.
 */
export async function readReversePath(): Promise<ReversePath> {
  const strict = strictInterfaces();
  if (strict.length === 0) return { refusing: [], outgoing: [] };
  const addresses = await readAddresses();
  const asked = strict.flatMap((iif) =>
    (addresses.get(iif) ?? [EVERYONE]).map((to) => ({ to, from: STRANGER, iif }) as const),
  );
  const [reply, ...arrivals] = await routeLookups([{ to: STRANGER, fibmatch: true }, ...asked]);
  const accepting = new Set(
    asked.filter((_, index) => arrivals[index]?.kind !== 'refused-source').map(({ iif }) => iif),
  );
  return {
    refusing: strict.filter((name) => !accepting.has(name)),
    outgoing: reply !== undefined && 'hops' in reply ? reply.hops.map((hop) => hop.interface) : [],
  };
}

function strictInterfaces(): string[] {
  const all = Number(readSysctl('net/ipv4/conf/all/rp_filter'));
  return interfaces().filter((name) => Math.max(all, Number(readSysctl(`net/ipv4/conf/${name}/rp_filter`))) === 1);
}

function interfaces(): string[] {
  try {
    return readdirSync('/proc/sys/net/ipv4/conf').filter((name) => !['all', 'default', 'lo'].includes(name));
  } catch {
    return [];
  }
}

async function readAddresses(): Promise<ReadonlyMap<string, readonly string[]>> {
  const links = await ipJson(['-4'], ['address show'], addressesSchema);
  return new Map(
    links.map(({ ifname = '', addr_info = [] }) => [
      ifname,
      addr_info.map(({ local }) => local).filter((address) => address !== undefined),
    ]),
  );
}
