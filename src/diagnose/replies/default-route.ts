import type { Finding } from '../../finding/finding.ts';
import { isPrivate } from '../../model/address.ts';
import { groupBy } from '../../model/group-by.ts';
import type { HostBinding } from '../binding.ts';
import { formatForwards } from '../name-list.ts';
import type { Observations } from '../observations.ts';
import { comesInThrough, isDefault, keepsSource } from './clients.ts';
import { masquerades, type Masquerades } from './masqueraded.ts';
import { MASQUERADE } from './remedy.ts';

/**
 * The target and the clients may both be behind the default router. Then the replies of the target come back through
 * this host only if the routes of the target say so. `masquerade: never` states that they do.
 */
export function diagnoseDefaultRoute(
  bindings: readonly HostBinding[],
  { tables }: Pick<Observations, 'tables'>,
): Finding[] {
  const rewrites = masquerades(tables);
  const doubtful = bindings.filter(keepsSource).flatMap((binding) => {
    const router = defaultRouter(binding, rewrites);
    return router === undefined ? [] : [{ binding, router }];
  });
  return [...groupBy(doubtful, ({ router }) => router)].map(([router, some]) => ({
    code: 'host/return-path',
    message: `the target of ${formatForwards(some.map(({ binding }) => binding))} is behind the default ${router}: its replies to clients behind the same ${router.split(' ')[0]} may bypass this host, and such connections fail`,
    remedy: `${MASQUERADE}; or masquerade: never, if the target routes its replies through this host anyway${prefixRemedy(some.map(({ binding }) => binding))}`,
    path: some[0]?.binding.listen.path ?? [],
  }));
}

/** A network behind this host that got another IPv6 prefix has its old addresses behind the default router. */
const prefixRemedy = (bindings: readonly HostBinding[]): string =>
  bindings.some(({ forward: { family, target } }) => family === 'ip6' && !isPrivate(target.address))
    ? "; if the provider changed the prefix of the target's network, write its new address, or a unique local one (fd00::/8), which stays"
    : '';

/** Undefined: the host has another route to the target, or no client comes in through the interface of this one. */
function defaultRouter({ forward, routes: [route] }: HostBinding, rewrites: Masquerades): string | undefined {
  if (route === undefined || !isDefault(route.prefix) || !comesInThrough(forward, [route.interface])) return undefined;
  if (rewrites(route.interface, forward.family)) return undefined;
  return route.via === undefined ? `route (${route.interface})` : `router ${route.via}`;
}
