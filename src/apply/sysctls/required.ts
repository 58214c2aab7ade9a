import { Failure } from '../../failure/failure.ts';
import type { Host } from '../../host/host.ts';
import { FORWARDING } from '../../host/observe/forwarding.ts';
import type { SavedSysctls } from '../../host/state/sysctl.ts';
import { closedBy, forwardingByUs, forwardingPath, routingGaps } from '../../model/forwarding.ts';
import { isLocal, type HostFacts } from '../../model/host-facts.ts';
import { enabledForwards, type Family, type Forward, type Model } from '../../model/model.ts';

export type SysctlValue = readonly [path: string, value: string];

/** What is asked of the host to find the sysctls: this host, or the facts of another one. */
export interface SysctlSource {
  readonly egressInterface: Host['egressInterface'];
  readonly sysctl: Pick<Host['sysctl'], 'read'>;
}

/** The sysctls without which the forwards would not work, in the order in which they are set. Throws `no-route`. */
export async function requiredSysctls(
  model: Model,
  facts: HostFacts,
  saved: SavedSysctls,
  { egressInterface, sysctl }: SysctlSource,
): Promise<SysctlValue[]> {
  const families = forwardingByUs(model, facts);
  const loopback = enabledForwards(model).filter(({ loopback, target }) => loopback && !isLocal(facts, target.address));
  const interfaces = new Set(await Promise.all(loopback.map((forward) => egressOf(forward, egressInterface))));
  return [
    ...(families.includes('ip6') ? keepRouterAdvertisements(facts, saved, sysctl.read) : []),
    ...families.flatMap((family) => pathsToTurnOn(family, model, facts)).map((path): SysctlValue => [path, '1']),
    ...[...interfaces].map((name): SysctlValue => [`net/ipv4/conf/${name}/route_localnet`, '1']),
  ];
}

/** The value for the whole host, or, if that is on already, those of the interfaces that do not forward. */
function pathsToTurnOn(family: Family, model: Model, facts: HostFacts): string[] {
  if (!facts.forwarding[family]) return [FORWARDING[family]];
  const gaps = routingGaps(model, facts).filter(({ forward }) => forward.family === family);
  return [...new Set(gaps.flatMap(closedBy))].map(forwardingPath);
}

async function egressOf({ name, target }: Forward, egressInterface: Host['egressInterface']): Promise<string> {
  const found = await egressInterface(target.address);
  if (found !== undefined) return found;
  throw new Failure(
    'no-route',
    `forward ${name} has loopback: true, and this host has no route to its target ${target.address}`,
    'add the route, or remove loopback: true',
  );
}

/**
 * A host that routes IPv6 drops the default route that router advertisements gave it, unless accept_ra is 2
 * (kernel documentation, ip-sysctl, accept_ra). The administrator's own session could end.
 */
function keepRouterAdvertisements(
  { addresses }: HostFacts,
  saved: SavedSysctls,
  read: (path: string) => string | undefined,
): SysctlValue[] {
  const interfaces = new Set(addresses.map((address) => address.interface));
  return [...interfaces]
    .map((name) => `net/ipv6/conf/${name}/accept_ra`)
    .filter((path) => read(path) === '1' || saved[path] !== undefined)
    .map((path) => [path, '2']);
}
