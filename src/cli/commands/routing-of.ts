import type { Host } from '../../host/host.ts';
import type { Header } from '../../trace/header.ts';
import type { RoutingFacts } from '../../trace/why-lost.ts';

/** Asks the kernel about a packet that came in and was lost when it was routed. */
export async function routingOf(header: Header, { routeLookups, sysctl }: Host): Promise<RoutingFacts> {
  const { iif = '', saddr, daddr, family } = header;
  const [route, back] = await routeLookups([{ to: daddr, from: saddr, iif }, { to: saddr }]);
  const values = ['all', iif].map((name) => Number(sysctl.read(`net/ipv4/conf/${name}/rp_filter`) ?? 0));
  const name = family === 'ip' ? `net/ipv4/conf/${iif}/forwarding` : 'net/ipv6/conf/all/forwarding';
  return {
    route,
    back,
    rpFilter: family === 'ip' ? Math.max(...values) : undefined,
    forwarding: { name: name.replaceAll('/', '.'), on: sysctl.read(name) !== '0' },
  };
}
