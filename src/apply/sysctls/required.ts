import { Failure } from '../../failure/failure.ts';
import { FORWARDING } from '../../host/observe/forwarding.ts';
import type { SavedSysctls } from '../../host/state/saved-sysctls.ts';
import { closedBy, forwardingByUs, forwardingPath, routingGaps } from '../../model/routing/forwarding.ts';
import { isLocal, type HostFacts } from '../../model/host-facts.ts';
import { enabledForwards, type Family, type Forward, type Model } from '../../model/model.ts';
import { ownRoutesTo } from '../../model/routing/routes.ts';
import { publishedSysctls, routeLocalnet } from './route-localnet.ts';

export type SysctlValue = readonly [path: string, value: string];

/** The sysctls without which the forwards would not work, in the order in which they are set. Throws `no-route`. */
export function requiredSysctls(
  model: Model,
  facts: HostFacts,
  saved: SavedSysctls,
  read: (path: string) => string | undefined,
): SysctlValue[] {
  const families = forwardingByUs(model, facts);
  const loopback = enabledForwards(model).filter(({ loopback, target }) => loopback && !isLocal(facts, target.address));
  const interfaces = new Set(loopback.flatMap((forward) => interfacesTo(forward, facts)));
  return [
    ...(families.includes('ip6') ? keepRouterAdvertisements(facts, saved, read) : []),
    ...families.flatMap((family) => pathsToTurnOn(family, model, facts)).map((path): SysctlValue => [path, '1']),
    ...[...interfaces].map((name): SysctlValue => [routeLocalnet(name), '1']),
    ...publishedSysctls(enabledForwards(model), facts, read),
  ];
}

/** The value for the whole host, or, if that is on already, those of the interfaces that do not forward. */
function pathsToTurnOn(family: Family, model: Model, facts: HostFacts): string[] {
  if (!facts.forwarding[family]) return [FORWARDING[family]];
  const gaps = routingGaps(model, facts).filter(({ forward }) => forward.family === family);
  return closedBy(gaps).map((name) => forwardingPath(name, family));
}

/** Several if the route is multipath. */
function interfacesTo({ name, target }: Forward, facts: HostFacts): string[] {
  const found = ownRoutesTo(facts, target.address);
  if (found.length > 0) return found.map((route) => route.interface);
  throw new Failure(
    'no-route',
    `forward ${name} has loopback: true, and this host has no route to its target ${target.address}`,
    'add the route, or remove loopback: true',
  );
}

/**
 * A host that routes IPv6 drops the default route that router advertisements gave it, unless accept_ra is 2
 * (kernel documentation, ip-sysctl, accept_ra). The administrator's own session could end. Interfaces that appear after
 * portfwd turned routing on, such as those of containers, keep their value: router advertisements gave them nothing.
 */
function keepRouterAdvertisements(
  { addresses, routed = [] }: HostFacts,
  saved: SavedSysctls,
  read: (path: string) => string | undefined,
): SysctlValue[] {
  const interfaces = new Set(addresses.map((address) => address.interface));
  const uplinks = new Set(routed.filter(({ prefix }) => prefix === '::/0').map((route) => route.interface));
  const isFirst = saved[FORWARDING.ip6] === undefined;
  return [...interfaces]
    .map((name) => ({ path: `net/ipv6/conf/${name}/accept_ra`, mayHave: isFirst || uplinks.has(name) }))
    .filter(({ path, mayHave }) => saved[path] !== undefined || (mayHave && read(path) === '1'))
    .map(({ path }) => [path, '2']);
}
