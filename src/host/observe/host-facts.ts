import type { HostFacts } from '../../model/host-facts.ts';
import type { Family } from '../../model/model.ts';
import type { SavedSysctls } from '../state/saved-sysctls.ts';
import { surroundingsOf, type Surroundings } from './routing/areas.ts';
import { readClientRoutes } from './routing/client-routes.ts';
import { readForwarding } from './forwarding.ts';
import { ipJson } from './ip-json.ts';
import { addressesSchema, type Addresses } from './ip-schema.ts';
import { readMainRoutes, type MainRoutes, type Needs } from './routing/main-routes.ts';
import { routesAround, routesIn } from './routing/routes-around.ts';
import { lookUpTargets } from './routing/target-lookups.ts';

/**
 * Reads the addresses and on-link prefixes of this host, as any user, and asks the kernel for the routes to the targets as
 * soon as these are known. There may be hundreds of thousands of other routes, so only those near a target are read, and
 * those of a family without targets are left out. A sysctl that portfwd itself turned on is in `saved`.
 */
export async function readHostFacts(
  saved: SavedSysctls,
  targets: Promise<readonly string[]> = Promise.resolve([]),
): Promise<HostFacts> {
  const forwarding = readForwarding(saved);
  const looking = targets.then(lookUpTargets);
  const surroundings = looking.then(surroundingsOf);
  const readRoutes = async (family: Family): Promise<MainRoutes> =>
    readMainRoutes(family, needsOf(family, await targets, await surroundings, forwarding));
  const [links, ipv4, ipv6, lookups] = await Promise.all([
    ipJson([], ['address show'], addressesSchema),
    readRoutes('ip'),
    readRoutes('ip6'),
    looking,
  ]);
  const addresses = links.flatMap(({ ifname, addr_info = [] }) => addr_info.flatMap((info) => addressOf(ifname, info)));
  const onLink = [...ipv4.onLink, ...ipv6.onLink];
  const uplinks = [...new Set([...ipv4.uplinks, ...ipv6.uplinks])];
  const byRule = ipv4.rulesForClients || ipv6.rulesForClients;
  const ruleMarks = [...new Set([...ipv4.ruleMarks, ...ipv6.ruleMarks])];
  const ruleServices = [...ipv4.ruleServices, ...ipv6.ruleServices];
  const clients = byRule ? await readClientRoutes(lookups, { addresses, onLink, uplinks }) : undefined;
  const forwarded = clients?.forwarded ?? {};
  const around =
    Object.keys(forwarded).length === 0
      ? await routesIn(await surroundings, { ip: ipv4.listed, ip6: ipv6.listed })
      : await routesAround({ ...lookups, ...forwarded });
  return {
    version: 1,
    addresses,
    onLink,
    routed: [...ipv4.defaultRoutes, ...ipv6.defaultRoutes, ...around],
    uplinks,
    lookups,
    ...clients,
    ...(ruleMarks.length === 0 ? {} : { ruleMarks }),
    ...(ruleServices.length === 0 ? {} : { ruleServices }),
    forwarding,
  };
}

/**
 * Without targets, the facts are for something else than forwards. The guard needs the uplinks of both families; it is
 * not loaded if the host forwards everything.
 */
function needsOf(
  family: Family,
  targets: readonly string[],
  surroundings: readonly Surroundings[],
  forwarding: HostFacts['forwarding'],
): Needs {
  const hasTargets = targets.length === 0 || targets.some((target) => familyOf(target) === family);
  const mayNeedGuard = targets.some((target) => !forwardsAll(forwarding, familyOf(target)));
  return {
    onLink: hasTargets,
    defaults: hasTargets || mayNeedGuard,
    around: surroundings.find((one) => one.family === family),
  };
}

const familyOf = (address: string): Family => (address.includes(':') ? 'ip6' : 'ip');

const forwardsAll = ({ ip, ip6, interfaces = [] }: HostFacts['forwarding'], family: Family): boolean =>
  family === 'ip6' ? ip6 : ip && interfaces.every((entry) => entry.ip);

function addressOf(
  name: string | undefined,
  { local, address, prefixlen, broadcast }: NonNullable<Addresses['addr_info']>[number],
): HostFacts['addresses'][number][] {
  if (name === undefined || local === undefined || prefixlen === undefined) return [];
  const prefixLength = address === undefined ? prefixlen : local.includes(':') ? 128 : 32;
  return [{ interface: name, address: local, prefixLength, ...(broadcast === undefined ? {} : { broadcast }) }];
}
