import type { Finding } from '../finding/finding.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { isLoopbackListen, type HostBinding } from './binding.ts';
import { formatForwards } from './names.ts';
import type { Observations, ReversePath } from './observations.ts';
import { hasPublicAddress } from './uplinks.ts';

/**
 * Strict rp_filter drops, before any chain of ours, what comes in where the answer would not go out: a forward
 * of a second line, whose clients are reached by the default route of the first.
 */
export function diagnoseRpFilter(
  bindings: readonly HostBinding[],
  { reversePath }: Observations,
  facts: HostFacts,
): Finding[] {
  if (reversePath === undefined || reversePath.policyRouting || reversePath.defaultRoutes.length === 0) return [];
  const routed = bindings.filter((binding) => binding.forward.family === 'ip' && !isLoopbackListen(binding));
  const way = wayOut(reversePath);
  return reversePath.strict
    .filter((name) => !way.includes(name) && isUplink(name, reversePath, facts))
    .flatMap((name) => {
      const met = routed.filter((binding) => entersThrough(binding, facts).includes(name));
      return met.slice(0, 1).map(({ listen }) => ({
        code: 'host/rp-filter',
        message: `rp_filter is strict on ${name}, while the default route leaves through ${way.join(', ')}: the kernel drops clients of ${formatForwards(met)} that come in through ${name} from beyond its own networks`,
        remedy: `run: sysctl -w net.ipv4.conf.${name.replaceAll('.', '/')}.rp_filter=2`,
        path: listen.path,
      }));
    });
}

function wayOut({ defaultRoutes }: ReversePath): string[] {
  const best = Math.min(...defaultRoutes.map(({ metric }) => metric));
  return [...new Set(defaultRoutes.filter(({ metric }) => metric === best).map((route) => route.interface))];
}

/** A second default route, or a public address: who comes in there comes from anywhere. */
const isUplink = (name: string, { defaultRoutes }: ReversePath, facts: HostFacts): boolean =>
  defaultRoutes.some((route) => route.interface === name) || hasPublicAddress(name, facts);

/** What the forward itself says of where its clients come in. */
function entersThrough({ forward, listen }: HostBinding, { addresses }: HostFacts): readonly string[] {
  if (forward.interfaces.length > 0) return forward.interfaces;
  return addresses.filter(({ address }) => address === listen.address).map((entry) => entry.interface);
}
