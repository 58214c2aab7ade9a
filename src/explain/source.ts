import { isLoopback } from '../model/address.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import type { Forward } from '../model/model.ts';
import { replyPathOf, sharedSubnet } from '../model/reply-path.ts';
import { routesTo } from '../model/routes.ts';
import type { Packet } from '../simulate/packet.ts';
import type { Simulation } from '../simulate/simulate.ts';

/** Why the source is rewritten, or why it is not: a clause without a full stop. */
export function explainSource(
  forward: Forward,
  { masqueraded, local }: Simulation,
  packet: Packet,
  facts: HostFacts,
): string {
  return masqueraded ? whyRewritten(forward, packet, facts) : whyKept(forward, local, packet, facts);
}

function whyRewritten({ masquerade, target }: Forward, { source }: Packet, facts: HostFacts): string {
  if (masquerade === 'always') return 'the forward says masquerade: always';
  if (isLoopback(source)) return `nothing that comes from ${source} can leave the host`;
  if (source === target.address) return 'the target calls itself, and would answer itself without this host';
  const hood = replyPathOf(facts, target.address);
  const shared = hood && sharedSubnet(hood, source);
  return shared === hood?.subnet
    ? `client and target are both in ${shared ?? 'one subnet'}, and the answer would not pass this host`
    : `the client is in ${shared}, as the router ${routerTo(target.address, facts)} to the target is, and the answer would not pass this host`;
}

const routerTo = (address: string, facts: HostFacts): string => routesTo(facts, address)[0]?.via ?? '';

function whyKept({ masquerade, target }: Forward, local: boolean, { source }: Packet, facts: HostFacts): string {
  if (local) return 'the target is on this host';
  if (masquerade === 'never') return 'the forward says masquerade: never';
  if (isLocal(facts, source)) return 'it is an address of this host';
  const router = routerTo(target.address, facts);
  return router !== '' && router === routerTo(source, facts)
    ? `the router ${router} leads to client and target, so the answer may not pass this host; masquerade: always brings it back`
    : 'the answer comes back through this host';
}
