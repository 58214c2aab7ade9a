import type { Finding } from '../finding/finding.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { groupBy } from '../model/group-by.ts';
import { routesTo } from '../model/routes.ts';
import { isLoopbackListen, type HostBinding } from './binding.ts';
import { formatForwards } from './names.ts';
import { coversInterface } from '../model/interface-name.ts';

/**
 * A target that only the default route leads to: clients from out there have their own way to it, and its answers
 * to them pass this host only where the target's routes say so. `masquerade: never` says that they do.
 */
export function diagnoseReturnPath(bindings: readonly HostBinding[], facts: HostFacts): Finding[] {
  const doubtful = bindings.flatMap((binding) => {
    const router = isDoubtful(binding) ? defaultRouter(binding, facts) : undefined;
    return router === undefined ? [] : [{ binding, router }];
  });
  return [...groupBy(doubtful, ({ router }) => router)].map(([router, met]) => ({
    code: 'host/return-path',
    message: `only the default route, by way of ${router}, leads to the target of ${formatForwards(met.map(({ binding }) => binding))}: its answers to clients from there may not pass this host, and then they get none`,
    remedy: 'add masquerade: always; or masquerade: never where the target routes its answers through this host',
    path: met[0]?.binding.listen.path ?? [],
  }));
}

const isDoubtful = (binding: HostBinding): boolean =>
  binding.forward.masquerade === 'auto' && !isLoopbackListen(binding);

/** Undefined where another route leads there, or where clients come in elsewhere only. */
function defaultRouter({ forward }: HostBinding, facts: HostFacts): string | undefined {
  const [way] = routesTo(facts, forward.target.address);
  if (way?.via === undefined || !way.prefix.endsWith('/0')) return undefined;
  const comesInThere =
    forward.interfaces.length === 0 || forward.interfaces.some((name) => coversInterface(name, way.interface));
  return comesInThere ? way.via : undefined;
}
