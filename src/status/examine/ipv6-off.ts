import type { Evidence } from '../../doctor/evidence.ts';
import type { Host } from '../../host/host.ts';
import { isWithoutIpv6 } from '../../host/observe/forwarding.ts';

export function ipv6Off(links: readonly string[], { sysctl }: Pick<Host, 'sysctl'>): Evidence['ipv6Off'] {
  const valueOf = (name: string): string | undefined => sysctl.read(`net/ipv6/conf/${name}/disable_ipv6`);
  if (isWithoutIpv6(sysctl.read)) return 'kernel';
  return ['all', ...links].filter((name) => valueOf(name) === '1');
}
