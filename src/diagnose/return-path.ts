import type { Finding } from '../finding/finding.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { groupBy } from '../model/group-by.ts';
import { coversInterface } from '../model/interface-name.ts';
import { routesTo } from '../model/routes.ts';
import { isLoopbackListen, type HostBinding } from './binding.ts';
import { formatForwards } from './name-list.ts';

/**
 * The target and the clients may both be behind the default router. Then the replies of the target come back through
 * this host only if the routes of the target say so. `masquerade: never` states that they do.
 */
export function diagnoseReturnPath(bindings: readonly HostBinding[], facts: HostFacts): Finding[] {
  const doubtful = bindings.flatMap((binding) => {
    const router = isDoubtful(binding) ? defaultRouter(binding, facts) : undefined;
    return router === undefined ? [] : [{ binding, router }];
  });
  return [...groupBy(doubtful, ({ router }) => router)].map(([router, some]) => ({
    code: 'host/return-path',
    message: `the target of ${formatForwards(some.map(({ binding }) => binding))} is behind the default router ${router}: its replies to clients behind the same router may bypass this host, and such connections fail`,
    remedy:
      'set masquerade: always, so that replies come back through this host; or masquerade: never, if the target routes its replies through this host anyway',
    path: some[0]?.binding.listen.path ?? [],
  }));
}

const isDoubtful = (binding: HostBinding): boolean =>
  binding.forward.masquerade === 'auto' && !isLoopbackListen(binding);

/** Undefined: the host has another route to the target, or no client comes in through the interface of the router. */
function defaultRouter({ forward }: HostBinding, facts: HostFacts): string | undefined {
  const [route] = routesTo(facts, forward.target.address);
  if (route?.via === undefined || !route.prefix.endsWith('/0')) return undefined;
  const hasClientsThere =
    forward.interfaces.length === 0 || forward.interfaces.some((name) => coversInterface(name, route.interface));
  return hasClientsThere ? route.via : undefined;
}
