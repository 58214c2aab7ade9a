import { OWN_TABLES } from '../read/own-tables.ts';
import { routingUsers, type RoutingObservations } from '../../diagnose/routing-users.ts';
import { FORWARDING } from '../../host/observe/forwarding.ts';
import type { SavedSysctls } from '../../host/state/saved-sysctls.ts';
import { isLinkLocal } from '../../model/address.ts';
import { groupBy } from '../../model/group-by.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Link } from '../../model/routing/links.ts';
import type { Family } from '../../model/model.ts';
import type { Context } from '../context.ts';
import { isAlong } from './along.ts';
import type { SysctlChange, SysctlPlan } from './plan.ts';

/** Routing that portfwd turned on, that no forward needs any more, and that other programs use. */
export interface RoutingStay {
  readonly family: Family;
  /** What shows it: `bridge docker0 has 2 ports`. */
  readonly users: readonly string[];
  /** The sysctls that turn it off, and nothing that was on before. */
  readonly paths: readonly string[];
}

/**
 * Routing goes off only if no other program uses it. Otherwise it stays on, and its guard with it. `planFor` makes the
 * plan that keeps the routing of some families.
 */
export async function keepingUsedRouting(
  planFor: (kept: readonly Family[]) => SysctlPlan,
  saved: SavedSysctls,
  ctx: Context,
): Promise<SysctlPlan> {
  const plan = planFor([]);
  const ending = FAMILIES.filter((family) => plan.restore.some((change) => endsRouting(change, family)));
  if (ending.length === 0) return plan;
  const { host } = ctx;
  const [tables, links, facts] = await Promise.all([
    host.readRoutingTables(OWN_TABLES),
    host.readLinks(),
    host.readHostFacts(saved),
  ]);
  const bridgesOf = routingBridges(links ?? [], saved, facts);
  const addresses = facts.addresses.map(({ address }) => address);
  const stays = ending
    .map((family) => ({
      family,
      users: routingUsers(family, { tables, bridges: bridgesOf(family), addresses }),
      paths: pathsOf(plan, family),
    }))
    .filter(({ users }) => users.length > 0);
  return stays.length === 0 ? plan : { ...planFor(stays.map(({ family }) => family)), stays };
}

/** The kernel changes the values of all interfaces along with that of the whole host. */
function pathsOf({ restore }: SysctlPlan, family: Family): string[] {
  const paths = restore.filter((change) => endsRouting(change, family)).map(({ path }) => path);
  return paths.includes(FORWARDING[family]) ? [FORWARDING[family]] : paths;
}

const FAMILIES = ['ip', 'ip6'] as const;

/** The families whose routing portfwd turned on, for the whole host or for some interfaces. */
export const routedFamilies = (saved: SavedSysctls): Family[] =>
  FAMILIES.filter((family) => Object.entries(saved).some(([path, was]) => isForwardingOf(family, path) && was === '0'));

/** The values that belong to the routing of a family. */
export const isRoutingOf = (family: Family, path: string): boolean =>
  path === FORWARDING[family] ||
  isAlong(path, FORWARDING[family]) ||
  (family === 'ip6' && /^net\/ipv6\/conf\/.+\/accept_ra$/.test(path));

/** The values that turn the routing of a family on. */
export const isForwardingOf = (family: Family, path: string): boolean =>
  isRoutingOf(family, path) && /forward(?:ing)?$/.test(path);

const endsRouting = ({ path, before, after }: SysctlChange, family: Family): boolean =>
  isForwardingOf(family, path) && before !== '0' && after === '0';

/** The host did not route what the plan makes it route. */
export const turnsRoutingOn = ({ set }: SysctlPlan): boolean =>
  set.some(({ path }) => FAMILIES.some((family) => isForwardingOf(family, path)));

/**
 * The bridges that may route for their guests. The guests of a bridge that was there before had no routing either, and
 * those of a bridge without a network of the family have another router.
 */
function routingBridges(
  links: readonly Link[],
  saved: SavedSysctls,
  facts: HostFacts,
): (family: Family) => RoutingObservations['bridges'] {
  const ports = links.filter(({ portOf, master }) => portOf === 'bridge' && master !== undefined);
  const bridges = [...groupBy(ports, ({ master = '' }) => master)].map(([name, some]) => ({
    name,
    ports: some.length,
    // The network can be that of a VLAN on the bridge.
    above: [name, ...links.filter(({ parent }) => parent === name).map((link) => link.name)],
  }));
  return (family) =>
    bridges
      .filter(({ name }) => saved[`net/${family === 'ip' ? 'ipv4' : 'ipv6'}/conf/${name}/forwarding`] === undefined)
      .filter(({ above }) => above.some((name) => hasNetwork(name, family, facts)));
}

/** A host route to one guest is enough. Every interface has a link-local IPv6 address. */
const hasNetwork = (name: string, family: Family, { addresses, onLink }: HostFacts): boolean =>
  [
    ...addresses.filter((entry) => entry.interface === name).map(({ address }) => address),
    ...onLink.filter((route) => route.interface === name).map(({ prefix }) => prefix.split('/')[0] ?? ''),
  ].some((address) => address.includes(':') === (family === 'ip6') && !isLinkLocal(address));
