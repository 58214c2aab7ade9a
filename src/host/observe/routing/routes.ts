import type { HostFacts } from '../../../model/host-facts.ts';
import type { Family } from '../../../model/model.ts';
import type { FoundRoute } from '../../../model/routing/route-lookup.ts';
import type { Route } from '../ip-schema.ts';

type RoutedPrefix = NonNullable<HostFacts['routed']>[number];

/** Routes with a gateway. Of several routes to one prefix, those with the lowest metric, which the kernel uses. */
export function routedPrefixes(routes: readonly Route[], family: Family): RoutedPrefix[] {
  const usable = routes.filter(({ type }) => type === undefined || type === 'unicast');
  const best = new Map<string, number>();
  for (const { dst, metric = 0 } of usable) best.set(dst, Math.min(metric, best.get(dst) ?? metric));
  return usable
    .filter(({ dst, metric = 0 }) => metric === best.get(dst))
    .flatMap(({ dst, gateway, dev, nexthops = [] }) =>
      [{ gateway, dev }, ...nexthops].flatMap((hop) => routedOf(dst, hop, family)),
    );
}

const DEFAULT = { ip: '0.0.0.0/0', ip6: '::/0' } as const;

function routedOf(
  dst: string,
  { gateway, dev }: { readonly gateway?: string | undefined; readonly dev?: string | undefined },
  family: Family,
): RoutedPrefix[] {
  if (gateway === undefined || dev === undefined) return [];
  const prefix = dst === 'default' ? DEFAULT[family] : prefixOf(dst);
  return [{ prefix, via: gateway, interface: dev }];
}

/** ip prints the prefix of a single address without its length. */
export const prefixOf = (dst: string): string => (dst.includes('/') ? dst : `${dst}/${dst.includes(':') ? 128 : 32}`);

/** A router of the other address family is in `via`. */
export function hopOf({ dev, gateway, via }: Pick<Route, 'dev' | 'gateway' | 'via'>): FoundRoute['hops'][number][] {
  if (dev === undefined) return [];
  const router = gateway ?? via?.host;
  return [{ interface: dev, ...(router === undefined ? {} : { via: router }) }];
}
