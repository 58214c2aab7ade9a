import type { Finding } from '../finding/finding.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { coversInterface } from '../model/interface-name.ts';
import { isLoopbackListen, type HostBinding } from './binding.ts';
import { formatForwards } from './name-list.ts';
import type { Observations, ReversePath } from './observations.ts';
import { sysctlCommand } from './printed-command.ts';
import { hasPublicAddress } from '../model/uplinks.ts';

/**
 * Strict rp_filter drops a packet if its reply would leave through another interface. With two internet connections,
 * it drops the clients of the one without the default route, before any chain of nft's inet or ip families.
 */
export function diagnoseRpFilter(
  bindings: readonly HostBinding[],
  { reversePath }: Observations,
  facts: HostFacts,
): Finding[] {
  if (reversePath === undefined || reversePath.policyRouting || reversePath.defaultRoutes.length === 0) return [];
  const routed = bindings.filter((binding) => binding.forward.family === 'ip' && !isLoopbackListen(binding));
  const outgoing = defaultInterfaces(reversePath);
  return reversePath.strict
    .filter((name) => !outgoing.includes(name) && isUplink(name, reversePath, facts))
    .flatMap((name) => {
      const concerned = routed.filter((binding) => interfacesOf(binding, facts).includes(name));
      return concerned.slice(0, 1).map(({ listen }) => ({
        code: 'host/rp-filter',
        message: `rp_filter is strict on ${name}, but the default route goes out through ${outgoing.join(', ')}: the kernel drops packets for ${formatForwards(concerned)} that come in through ${name}, unless their source is routed through ${name}`,
        remedy: sysctlCommand(`net.ipv4.conf.${name.replaceAll('.', '/')}.rp_filter`, '2'),
        path: listen.path,
      }));
    });
}

function defaultInterfaces({ defaultRoutes }: ReversePath): string[] {
  const best = Math.min(...defaultRoutes.map(({ metric }) => metric));
  return [...new Set(defaultRoutes.filter(({ metric }) => metric === best).map((route) => route.interface))];
}

/** With a second default route or a public address, an interface has clients of any source address. */
const isUplink = (name: string, { defaultRoutes }: ReversePath, facts: HostFacts): boolean =>
  defaultRoutes.some((route) => route.interface === name) || hasPublicAddress(name, facts);

/** Where the clients come in, as far as the forward itself says. */
function interfacesOf({ forward, listen }: HostBinding, { addresses }: HostFacts): readonly string[] {
  if (forward.interfaces.length > 0) return forward.interfaces;
  const { address, interface: name } = listen;
  return addresses
    .filter((entry) => (name === undefined ? entry.address === address : coversInterface(name, entry.interface)))
    .map((entry) => entry.interface);
}
