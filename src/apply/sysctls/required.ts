import { Failure } from '../../failure/failure.ts';
import { FORWARDING } from '../../host/observe/host-facts.ts';
import type { SavedSysctls } from '../../host/state/sysctl.ts';
import { forwardingByUs, isLocal, type HostFacts, forwardsInNeedOfRouting } from '../../model/host-facts.ts';
import { enabledForwards, type Forward, type Model } from '../../model/model.ts';
import type { SysctlValue } from './plan.ts';
import type { World } from '../context.ts';

/** The sysctls without which the forwards would not work, in the order in which they are to be set. */
export async function wantedSysctls(
  model: Model,
  facts: HostFacts,
  saved: SavedSysctls,
  { host }: World,
): Promise<SysctlValue[]> {
  const families = forwardingByUs(model, facts);
  const loopback = enabledForwards(model).filter(({ loopback, target }) => loopback && !isLocal(facts, target.address));
  const links = new Set(await Promise.all(loopback.map((forward) => egressOf(forward, host.egressInterface))));
  return [
    ...(families.includes('ip6') ? keepAdvertisements(facts, saved, host.sysctl.read) : []),
    ...families.map((family): SysctlValue => [FORWARDING[family], '1']),
    ...[...links].map((link): SysctlValue => [`net/ipv4/conf/${link}/route_localnet`, '1']),
  ];
}

async function egressOf({ name, target }: Forward, egressInterface: World['host']['egressInterface']): Promise<string> {
  const link = await egressInterface(target.address);
  if (link !== undefined) return link;
  throw new Failure(
    'no-route',
    `${name} wants 127.0.0.1 to lead to ${target.address}, to which this host has no route`,
    'add the route, or remove loopback: true',
  );
}

/**
 * A host that routes IPv6 drops the default route that router advertisements gave it, unless accept_ra is 2
 * (ip-sysctl, accept_ra): without this the administrator's own session could end.
 */
function keepAdvertisements(
  { addresses }: HostFacts,
  saved: SavedSysctls,
  read: (path: string) => string | undefined,
): SysctlValue[] {
  const links = new Set(addresses.map((address) => address.interface));
  return [...links]
    .map((link) => `net/ipv6/conf/${link}/accept_ra`)
    .filter((path) => read(path) === '1' || saved[path] !== undefined)
    .map((path) => [path, '2']);
}

const SYSCTL = { ip: 'net.ipv4.ip_forward', ip6: 'net.ipv6.conf.all.forwarding' } as const;

/** Without routing the host itself reaches a target on another host, and everybody else waits in vain (fact 12). */
export function requireForwarding(model: Model, facts: HostFacts): void {
  const needy = model.forwarding === 'require' ? forwardsInNeedOfRouting(model, facts) : [];
  if (needy.length === 0) return;
  const sysctls = needy.map(({ family }) => SYSCTL[family]);
  const targets = needy.map(({ name, target }) => `the target of ${name}, ${target.address}, is another host`);
  throw new Failure(
    'forwarding-off',
    `${targets.join(', and ')}, and this host does not route (${sysctls.join(' and ')} ${sysctls.length === 1 ? 'is' : 'are'} 0)`,
    `turn routing on yourself (sysctl -w ${sysctls.map((name) => `${name}=1`).join(' ')}), or let portfwd do it, guarded, with forwarding: enable in the file or --enable-forwarding; forwarding: ignore loads all the same`,
  );
}
