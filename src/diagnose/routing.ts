import type { Finding } from '../finding/finding.ts';
import { forwardingPath, routingGaps, type RoutingGap } from '../model/forwarding.ts';
import { groupBy } from '../model/group-by.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Model } from '../model/model.ts';
import { uplinksOf } from '../model/uplinks.ts';
import { formatForwards } from './name-list.ts';
import { sysctlCommand, sysctlName } from './printed-command.ts';

/** No client outside can use the forward: nothing that clients or answers come in through forwards. */
export function isShut({ forward, entries, closed, exits, exitsClosed }: RoutingGap, facts: HostFacts): boolean {
  if (exitsClosed || closed.length === entries.length) return true;
  if (forward.interfaces.length > 0) return false;
  const uplinks = uplinksOf(facts);
  // A forward is not only for the target's own subnet.
  const outside = entries.filter((name) => !exits.includes(name) || uplinks.includes(name));
  return outside.length > 0 && outside.every((name) => closed.includes(name));
}

/** Some clients can use the forward, and those that come in through another interface cannot. */
export function diagnoseRouting(model: Model, facts: HostFacts): Finding[] {
  if (model.forwarding !== 'require') return [];
  const gaps = routingGaps(model, facts).filter((gap) => !isShut(gap, facts));
  const found = gaps.flatMap(({ forward, closed }) => closed.map((name) => ({ name, forward })));
  const groups = groupBy(found, ({ name, forward }) => `${forward.family} ${name}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [closedFinding(first.name, first.forward.path, formatForwards(group))];
  });
}

function closedFinding(name: string, path: Finding['path'], forwards: string): Finding {
  const sysctl = sysctlName(forwardingPath(name));
  return {
    code: 'host/interface-not-routing',
    message: `${name} does not route (${sysctl} is 0): clients that come in through ${name} cannot use ${forwards}`,
    remedy: `${sysctlCommand(sysctl, '1')}; if no clients come in through ${name}, name the interfaces of the clients in interface`,
    path,
  };
}
