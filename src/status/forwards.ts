import { lengthOf, type Forward, enabledForwards, type Model } from '../model/model.ts';
import type { ForwardChange } from '../compare/forwards.ts';
import type { MappingDifference } from '../compare/mappings.ts';
import type { Drifted, KernelComparison, TableState } from './kernel.ts';
import { isShut, routingGaps } from '../model/routing/forwarding.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { ownRoutesTo } from '../model/routing/routes.ts';
import { groupBy } from '../model/group-by.ts';
import { isPublished } from '../model/published.ts';
import type { Context } from '../apply/context.ts';
import { expandLinks, isOn, publishedSysctls, routeLocalnet } from '../apply/sysctls/route-localnet.ts';

type StateOf = (forward: Forward) => TableState;

/** Whether the table in the kernel has a forward as the file says; for enabled forwards only. */
export function forwardStates(kernel: KernelComparison): StateOf {
  if (kernel.state !== 'drifted') return () => kernel.state;
  const stateAlone = forwardStatesAlone(kernel);
  const others = concernsAll(kernel) ? 'drifted' : 'in sync';
  return (forward) => stateAlone(forward) ?? others;
}

/** Undefined: the forward itself is there as the file says. What concerns all forwards does not count. */
export function forwardStatesAlone({ model, table }: Drifted): (forward: Forward) => 'missing' | 'drifted' | undefined {
  const changes = new Map((model?.changes ?? []).flatMap(nameAndKind));
  const touched = new Set(table.objects.flatMap((object) => ('forward' in object ? (object.forward ?? []) : [])));
  const gone = new Map<string, number>();
  for (const difference of table.mappings) if (difference.kind !== 'unexpected') countGone(difference, gone);
  return (forward) => {
    const { name } = forward;
    if (changes.get(name) === 'added' || gone.get(name) === portsOf(forward)) return 'missing';
    return changes.has(name) || gone.has(name) || touched.has(name) ? 'drifted' : undefined;
  };
}

/** A removed forward is left out: another one may have its name now. */
const nameAndKind = (change: ForwardChange): [string, ForwardChange['kind']][] =>
  change.kind === 'removed' ? [] : [[change.kind === 'changed' ? change.after.name : change.forward.name, change.kind]];

/** Adds the ports that the kernel does not have, under the name of their forward. A wrong target adds none. */
function countGone(difference: Exclude<MappingDifference, { kind: 'unexpected' }>, gone: Map<string, number>): void {
  const { kind, forward, mapping } = difference;
  const ports = kind === 'missing' ? lengthOf(mapping.ports) : 0;
  gone.set(forward, (gone.get(forward) ?? 0) + ports);
}

const portsOf = ({ listens, protocols }: Forward): number =>
  protocols.length * listens.reduce((sum, { ports }) => sum + lengthOf(ports), 0);

/** A difference in the chains or their priority concerns every forward. */
const concernsAll = ({ model, table }: Drifted): boolean =>
  table.objects.some(({ kind }) => kind !== 'element') ||
  model?.settings.some(({ field }) => field === 'priority') === true;

/** Forwards that cannot work although the table may be in sync: a sysctl that they need is off. */
export function forwardsBlockedBySysctl(model: Model, facts: HostFacts, { host }: Context): ReadonlySet<Forward> {
  const blocked = new Set<Forward>([
    ...notRouted(model, { ...facts, forwarding: host.readForwarding({}) }),
    ...publishedBlocked(model, facts, host),
  ]);
  for (const forward of enabledForwards(model)) {
    const { loopback, target } = forward;
    if (!loopback || isLocal(facts, target.address)) continue;
    const routes = ownRoutesTo(facts, target.address);
    if (routes.length === 0 || routes.some((route) => !isOn(host.sysctl.read(routeLocalnet(route.interface)))))
      blocked.add(forward);
  }
  return blocked;
}

/** With the values of the host as they are, those that portfwd set included. */
const notRouted = (model: Model, facts: HostFacts): Forward[] =>
  model.forwarding === 'ignore'
    ? []
    : routingGaps(model, facts)
        .filter((gap) => isShut(gap, facts))
        .map(({ forward }) => forward);

/** Published services that clients on some interface of this host do not reach. */
function publishedBlocked(model: Model, facts: HostFacts, { sysctl: { read } }: Context['host']): Forward[] {
  const byInterfaces = groupBy(enabledForwards(model).filter(isPublished), ({ interfaces }) => interfaces.join(' '));
  return [...byInterfaces.values()].flatMap((forwards) => {
    const needed = expandLinks(publishedSysctls(forwards, facts, read), facts);
    return needed.some(([path]) => read(path) === '0') ? forwards : [];
  });
}
