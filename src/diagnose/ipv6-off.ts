import type { Finding } from '../finding/finding.ts';
import { isPossible, type HostFacts } from '../model/host-facts.ts';
import type { HostBinding } from './binding.ts';
import { formatForwards } from './name-list.ts';

/** Forwards of IPv6 in a kernel that was started without it. They are loaded, and no packet ever meets them. */
export function diagnoseIpv6Off(bindings: readonly HostBinding[], facts: HostFacts): Finding[] {
  const concerned = bindings.filter(({ forward }) => !isPossible(forward, facts));
  return concerned.slice(0, 1).map(({ forward }) => ({
    code: 'host/ipv6-off',
    message: `the kernel runs without IPv6, so this host neither receives nor routes the packets of ${formatForwards(concerned)}`,
    remedy: 'boot without the parameter ipv6.disable=1, or remove the forwards of IPv6',
    path: forward.path,
  }));
}
