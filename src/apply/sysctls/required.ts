import { Failure } from '../../failure/failure.ts';
import type { Host } from '../../host/host.ts';
import { FORWARDING } from '../../host/observe/host-facts.ts';
import type { SavedSysctls } from '../../host/state/sysctl.ts';
import { forwardingByUs, forwardsInNeedOfRouting, isLocal, type HostFacts } from '../../model/host-facts.ts';
import { enabledForwards, type Forward, type Model } from '../../model/model.ts';

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
    ...families.map((family): SysctlValue => [FORWARDING[family], '1']),
    ...[...interfaces].map((name): SysctlValue => [`net/ipv4/conf/${name}/route_localnet`, '1']),
  ];
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

const SYSCTL = { ip: 'net.ipv4.ip_forward', ip6: 'net.ipv6.conf.all.forwarding' } as const;

/**
 * Throws `forwarding-off`. Without routing the host itself reaches a target on another host, and every other client
 * times out (docs/netfilter.md, fact 12).
 */
export function requireForwarding(model: Model, facts: HostFacts, saved: SavedSysctls = {}): void {
  const routed = model.forwarding === 'require' ? forwardsInNeedOfRouting(model, facts) : [];
  if (routed.length === 0) return;
  const sysctls = routed.map(({ family }) => SYSCTL[family]);
  const targets = routed.map(({ name, target }) => `the target of ${name}, ${target.address}, is another host`);
  throw new Failure(
    'forwarding-off',
    `${targets.join(', and ')}, and this host does not route (${sysctls.map((name) => stateOf(name, saved)).join(' and ')})`,
    'run again with --enable-forwarding, or write forwarding: enable in the file: portfwd then turns routing on for its own forwards only; ' +
      `sysctl -w ${sysctls.map((name) => `${name}=1`).join(' ')} turns it on for all traffic; forwarding: ignore loads the forwards as they are`,
  );
}

/** The host facts are those without portfwd: a sysctl that portfwd turned on counts as off. */
const stateOf = (name: string, saved: SavedSysctls): string =>
  saved[name.replaceAll('.', '/')] === undefined
    ? `${name} is 0`
    : `${name} is 1 only because of an earlier --enable-forwarding or forwarding: enable`;
