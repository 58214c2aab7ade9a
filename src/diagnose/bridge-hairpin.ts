import type { Finding } from '../finding/finding.ts';
import { isLoopbackListen, type HostBinding } from './binding.ts';
import { formatForwards, formatList } from './name-list.ts';
import type { Observations } from './observations.ts';
import { shellWord } from './printed-command.ts';

/**
 * With br_netfilter, a connection of a target to its own forward is translated inside the bridge. The bridge does not
 * send a frame back through the port it came from (fact 5).
 */
export function diagnoseBridgeHairpin(bindings: readonly HostBinding[], { bridges }: Observations): Finding[] {
  if (bridges === undefined) return [];
  const { families, ports } = bridges;
  const off = ports.filter(({ hairpin }) => !hairpin);
  return [...new Set(off.map(({ bridge }) => bridge))].flatMap((bridge) => {
    const concerned = bindings.filter(
      (binding) => families.includes(binding.forward.family) && hasTargetBehind(binding, bridge),
    );
    const names = off.filter((port) => port.bridge === bridge).map((port) => port.interface);
    return concerned.slice(0, 1).map(({ forward }) => ({
      code: 'host/bridge-hairpin',
      message: `br_netfilter is on, and ${formatList(names)} of bridge ${bridge} ${names.length === 1 ? 'is' : 'are'} not in hairpin mode: a target behind such a port cannot connect to itself through ${formatForwards(concerned)}`,
      remedy: `run: bridge link set dev ${shellWord(names[0] ?? '')} hairpin on; ${names.length > 1 ? 'use the port of the target, this one is an example; ' : ''}${KEEP}`,
      path: forward.target.path,
    }));
  });
}

const KEEP = 'to keep it, set it in the configuration of the bridge';

const hasTargetBehind = (binding: HostBinding, bridge: string): boolean =>
  !binding.local &&
  binding.routes[0]?.interface === bridge &&
  !isLoopbackListen(binding) &&
  (binding.forward.interfaces.length === 0 || binding.forward.interfaces.includes(bridge));
