import type { Finding } from '../finding/finding.ts';
import { type Claim, isLoopbackListen } from './binding.ts';
import { formatForwards, formatSome } from './names.ts';
import type { Observations } from './observations.ts';

/**
 * With br_netfilter, a target that asks for its own forward is translated inside the bridge, which does not
 * send a frame back through the port it came from (fact 5).
 */
export function diagnoseBridgeHairpin(claims: readonly Claim[], { bridges }: Observations): Finding[] {
  if (bridges === undefined) return [];
  const { families, ports } = bridges;
  const stuck = ports.filter(({ hairpin }) => !hairpin);
  return [...new Set(stuck.map(({ bridge }) => bridge))].flatMap((bridge) => {
    const met = claims.filter((claim) => families.includes(claim.forward.family) && hairpins(claim, bridge));
    const names = stuck.filter((port) => port.bridge === bridge).map((port) => port.interface);
    return met.slice(0, 1).map(({ forward }) => ({
      code: 'host/bridge-hairpin',
      message: `br_netfilter is on, and ${formatSome(names)} of the bridge ${bridge} ${names.length === 1 ? 'is' : 'are'} not in hairpin mode: a target behind such a port cannot reach itself through ${formatForwards(met)}`,
      remedy: `run: bridge link set dev ${names[0]} hairpin on${names.length > 1 ? ', for the port of the target' : ''}`,
      path: forward.target.path,
    }));
  });
}

const hairpins = (claim: Claim, bridge: string): boolean =>
  !claim.local &&
  claim.egressTo(claim.forward.target.address) === bridge &&
  !isLoopbackListen(claim) &&
  (claim.forward.interfaces.length === 0 || claim.forward.interfaces.includes(bridge));
