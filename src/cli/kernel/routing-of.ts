import type { Host } from '../../host/host.ts';
import type { Trail } from '../../trace/collect.ts';
import type { RoutingFacts } from '../../trace/why-lost.ts';

/** Asks the kernel about a packet that came in and was lost when it was routed. */
export async function routingOf({ last, mark }: Trail, { routeLookups, sysctl }: Host): Promise<RoutingFacts> {
  const { iif = '', saddr, daddr, family } = last;
  const marked = mark === 0 ? {} : { mark };
  const [route, own, back] = await routeLookups([
    { to: daddr, from: saddr, iif, ...marked },
    { to: daddr, ...marked },
    { to: saddr },
  ]);
  const values = ['all', iif].map((name) => Number(sysctl.read(`net/ipv4/conf/${name}/rp_filter`) ?? 0));
  const name = family === 'ip' ? `net/ipv4/conf/${iif}/forwarding` : 'net/ipv6/conf/all/forwarding';
  return {
    route,
    own,
    back,
    rpFilter: family === 'ip' ? Math.max(...values) : undefined,
    forwarding: { name: name.replaceAll('/', '.'), on: sysctl.read(name) !== '0' },
  };
}
