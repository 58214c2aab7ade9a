import type { HostFacts } from '../../model/host-facts.ts';
import type { SavedSysctls } from '../state/saved-sysctls.ts';
import { readClientRoutes } from './client-routes.ts';
import { readForwarding } from './forwarding.ts';
import { ipJson } from './ip-json.ts';
import { addressesSchema, type Addresses } from './ip-schema.ts';
import { readMainRoutes } from './main-routes.ts';
import { routesAround } from './routes-around.ts';
import { lookUpTargets } from './target-lookups.ts';

/**
 * Reads the addresses and on-link prefixes of this host, as any user, and asks the kernel for the routes to the targets as
 * soon as these are known. There may be hundreds of thousands of other routes, so only those near a target are read. If all
 * targets have IPv4 addresses, on-link prefixes of IPv6 are left out. A sysctl that portfwd itself turned on is in `saved`.
 */
export async function readHostFacts(
  saved: SavedSysctls,
  targets: Promise<readonly string[]> = Promise.resolve([]),
): Promise<HostFacts> {
  const [links, ipv4, ipv6, lookups] = await Promise.all([
    ipJson([], ['address show'], addressesSchema),
    readMainRoutes('ip'),
    readMainRoutes('ip6', targets.then(mayNeedIPv6)),
    targets.then(lookUpTargets),
  ]);
  const addresses = links.flatMap(({ ifname, addr_info = [] }) => addr_info.flatMap((info) => addressOf(ifname, info)));
  const onLink = [...ipv4.onLink, ...ipv6.onLink];
  const uplinks = [...new Set([...ipv4.uplinks, ...ipv6.uplinks])];
  const byRule = ipv4.rulesForClients || ipv6.rulesForClients;
  const ruleMarks = [...new Set([...ipv4.ruleMarks, ...ipv6.ruleMarks])];
  const ruleServices = [...ipv4.ruleServices, ...ipv6.ruleServices];
  const clients = byRule ? await readClientRoutes(lookups, { addresses, onLink, uplinks }) : undefined;
  return {
    version: 1,
    addresses,
    onLink,
    routed: [
      ...ipv4.defaultRoutes,
      ...ipv6.defaultRoutes,
      ...(await routesAround({ ...lookups, ...clients?.forwarded })),
    ],
    uplinks,
    lookups,
    ...clients,
    ...(ruleMarks.length === 0 ? {} : { ruleMarks }),
    ...(ruleServices.length === 0 ? {} : { ruleServices }),
    forwarding: readForwarding(saved),
  };
}

/** Without targets, the facts are for something else than forwards. */
const mayNeedIPv6 = (targets: readonly string[]): boolean =>
  targets.length === 0 || targets.some((target) => target.includes(':'));

function addressOf(
  name: string | undefined,
  { local, address, prefixlen, broadcast }: NonNullable<Addresses['addr_info']>[number],
): HostFacts['addresses'][number][] {
  if (name === undefined || local === undefined || prefixlen === undefined) return [];
  const prefixLength = address === undefined ? prefixlen : local.includes(':') ? 128 : 32;
  return [{ interface: name, address: local, prefixLength, ...(broadcast === undefined ? {} : { broadcast }) }];
}
