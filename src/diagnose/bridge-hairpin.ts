import type { Finding } from '../finding/finding.ts';
import { type HostBinding, isLoopbackListen } from './binding.ts';
import { formatForwards, formatSome } from './names.ts';
import type { Observations } from './observations.ts';

/**
 * With br_netfilter, a target that asks for its own forward is translated inside the bridge, which does not
 * send a frame back through the port it came from (fact 5).
 */
export function diagnoseBridgeHairpin(bindings: readonly HostBinding[], { bridges }: Observations): Finding[] {
  if (bridges === undefined) return [];
  const { families, ports } = bridges;
  const stuck = ports.filter(({ hairpin }) => !hairpin);
  return [...new Set(stuck.map(({ bridge }) => bridge))].flatMap((bridge) => {
    const met = bindings.filter((binding) => families.includes(binding.forward.family) && hairpins(binding, bridge));
    const names = stuck.filter((port) => port.bridge === bridge).map((port) => port.interface);
    return met.slice(0, 1).map(({ forward }) => ({
      code: 'host/bridge-hairpin',
      message: `br_netfilter is on, and ${formatSome(names)} of the bridge ${bridge} ${names.length === 1 ? 'is' : 'are'} not in hairpin mode: a target behind such a port cannot reach itself through ${formatForwards(met)}`,
      remedy: `run: bridge link set dev ${names[0]} hairpin on${names.length > 1 ? ', for the port of the target' : ''}`,
      path: forward.target.path,
    }));
  });
}

const hairpins = (binding: HostBinding, bridge: string): boolean =>
  !binding.local &&
  binding.egressTo(binding.forward.target.address) === bridge &&
  !isLoopbackListen(binding) &&
  (binding.forward.interfaces.length === 0 || binding.forward.interfaces.includes(bridge));
