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
  const { families, ports, portsByAddress } = bridges;
  const portOf = ({ forward }: HostBinding): string | undefined => portsByAddress.get(forward.target.address);
  const off = ports.filter(({ hairpin }) => !hairpin);
  return [...new Set(off.map(({ bridge }) => bridge))].flatMap((bridge) => {
    const all = off.filter((port) => port.bridge === bridge).map((port) => port.interface);
    const concerned = bindings.filter(
      (binding) =>
        families.includes(binding.forward.family) &&
        hasTargetBehind(binding, bridge) &&
        all.includes(portOf(binding) ?? all[0] ?? ''),
    );
    const known = new Set(concerned.map(portOf));
    const names = known.has(undefined) ? all : all.filter((name) => known.has(name));
    return concerned.slice(0, 1).map(({ forward }) => ({
      code: 'host/bridge-hairpin',
      message: `br_netfilter is on, and ${formatList(names)} of bridge ${bridge} ${names.length === 1 ? 'is' : 'are'} not in hairpin mode: a target behind such a port cannot connect to itself through ${formatForwards(concerned)}`,
      remedy: remedy(all.length === 1 ? all : all.filter((name) => known.has(name))),
      path: forward.target.path,
    }));
  });
}

/** Only the port of a target: a switch behind another port would get its own broadcasts back. */
function remedy(ports: readonly string[]): string {
  const commands = ports.slice(0, MAX_COMMANDS).map((name) => `bridge link set dev ${shellWord(name)} hairpin on`);
  return commands.length === 0
    ? `find the port of the target with bridge fdb show, and run bridge link set dev PORT hairpin on, with that port only; ${KEEP}`
    : `run: ${commands.join(' && ')}; ${KEEP}; if a switch is behind that port, do not, because it would get its own broadcasts back`;
}

const MAX_COMMANDS = 3;

const KEEP = 'to keep it, set it in the configuration of the bridge';

const hasTargetBehind = (binding: HostBinding, bridge: string): boolean =>
  !binding.local &&
  binding.routes[0]?.interface === bridge &&
  !isLoopbackListen(binding) &&
  (binding.forward.interfaces.length === 0 || binding.forward.interfaces.includes(bridge));
