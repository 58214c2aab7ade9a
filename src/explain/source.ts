import { isLoopback } from '../model/address.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import type { Forward } from '../model/model.ts';
import { replyPathOf, sharedSubnet } from '../model/routing/reply-path.ts';
import { routesTo } from '../model/routing/routes.ts';
import type { Packet } from '../simulate/packet.ts';
import type { Simulation } from '../simulate/simulate.ts';

/** Why the source is rewritten, or why not: a clause without a full stop. */
export function explainSource(forward: Forward, simulation: Simulation, packet: Packet, facts: HostFacts): string {
  const { masqueraded, oifname } = simulation;
  return masqueraded ? whyRewritten(forward, oifname, packet, facts) : whyKept(forward, simulation, packet, facts);
}

function whyRewritten(
  { masquerade, target }: Forward,
  oifname: string | undefined,
  { source }: Packet,
  facts: HostFacts,
): string {
  if (masquerade === 'always') return 'the forward has masquerade: always';
  if (isLoopback(source)) return `packets from ${source} cannot leave the host`;
  if (isLocal(facts, source))
    return `connections of this host itself get an address of the interface to the target${named(oifname)}`;
  if (source === target.address) return 'the target connects to itself, and would reply to itself directly';
  const replyPath = replyPathOf(facts, target.address);
  const shared = replyPath && sharedSubnet(replyPath, source);
  return shared === replyPath?.subnet
    ? `client and target are both in ${shared ?? 'the same subnet'}, so the reply would bypass this host`
    : `the client is in ${shared}, a subnet of the router ${routerTo(target.address, facts)} to the target, so the reply would bypass this host`;
}

const named = (oifname: string | undefined): string => (oifname === undefined ? '' : `, ${oifname}`);

const routerTo = (address: string, facts: HostFacts): string => routesTo(facts, address)[0]?.via ?? '';

/** The kernel drops packets from outside for 127.0.0.0/8 where the sysctl is off (docs/netfilter.md, fact 32). */
const delivery = (target: string, { path, iifname }: Packet): string =>
  path === 'incoming' && isLoopback(target)
    ? `, and route_localnet, which apply sets for ${iifname ?? 'the interface'}, lets packets from outside reach ${target}`
    : '';

function whyKept(
  { masquerade, target }: Forward,
  { local, oifname }: Simulation,
  packet: Packet,
  facts: HostFacts,
): string {
  const { source } = packet;
  if (local) return `the target is on this host${delivery(target.address, packet)}`;
  const condition = `the reply comes back only if the target's route to ${source} goes through this host`;
  if (masquerade === 'never') return `the forward has masquerade: never; ${condition}`;
  if (isLocal(facts, source)) return `it is an address of the interface to the target${named(oifname)}`;
  const router = routerTo(target.address, facts);
  return router !== '' && router === routerTo(source, facts)
    ? `client and target are both behind the router ${router}, so the reply may bypass this host; masquerade: always prevents that`
    : condition;
}
