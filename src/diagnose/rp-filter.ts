import type { Finding } from '../finding/finding.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { coversInterface } from '../model/interface-name.ts';
import { isLoopbackListen, type HostBinding } from './binding.ts';
import { formatForwards } from './name-list.ts';
import type { Observations } from './observations.ts';
import { sysctlCommand } from './printed-command.ts';
import { uplinksOf } from '../model/routing/uplinks.ts';

/**
 * Strict rp_filter drops a packet if its reply would leave through another interface. With two internet connections,
 * it drops the clients of the one without the default route, before any chain of nft's inet or ip families. A routing
 * rule can prevent that. With a default route or a public address, an interface has clients of any source address.
 */
export function diagnoseRpFilter(
  bindings: readonly HostBinding[],
  { reversePath }: Observations,
  facts: HostFacts,
): Finding[] {
  if (reversePath === undefined || reversePath.outgoing.length === 0) return [];
  const routed = bindings.filter((binding) => binding.forward.family === 'ip' && !isLoopbackListen(binding));
  const { refusing, outgoing } = reversePath;
  const uplinks = uplinksOf(facts);
  return refusing
    .filter((name) => uplinks.includes(name))
    .flatMap((name) => {
      const concerned = routed.filter((binding) => interfacesOf(binding, facts).includes(name));
      return concerned.slice(0, 1).map(({ listen }) => ({
        code: 'host/rp-filter',
        message: `rp_filter is strict on ${name}, but the default route goes out through ${outgoing.join(', ')}: the kernel drops packets for ${formatForwards(concerned)} that come in through ${name}, unless their source is routed through ${name}`,
        remedy: `${sysctlCommand(`net.ipv4.conf.${name.replaceAll('.', '/')}.rp_filter`, '2')}; ${name} then accepts packets from every source that this host has any route to`,
        path: listen.path,
      }));
    });
}

/** Where the clients come in, as far as the forward itself says. */
function interfacesOf({ forward, listen }: HostBinding, { addresses }: HostFacts): readonly string[] {
  if (forward.interfaces.length > 0) return forward.interfaces;
  const { address, interface: name } = listen;
  return addresses
    .filter((entry) => (name === undefined ? entry.address === address : coversInterface(name, entry.interface)))
    .map((entry) => entry.interface);
}
