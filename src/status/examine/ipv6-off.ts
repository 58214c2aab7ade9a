import type { Evidence } from '../../doctor/evidence.ts';
import type { Host } from '../../host/host.ts';

export function ipv6Off(links: readonly string[], { sysctl }: Pick<Host, 'sysctl'>): Evidence['ipv6Off'] {
  const valueOf = (name: string): string | undefined => sysctl.read(`net/ipv6/conf/${name}/disable_ipv6`);
  // In a container that hides sysctls, those of IPv4 are hidden too.
  if (valueOf('all') === undefined && sysctl.read('net/ipv4/ip_forward') !== undefined) return 'kernel';
  return ['all', ...links].filter((name) => valueOf(name) === '1');
}
