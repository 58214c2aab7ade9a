import type { Finding } from '../finding/finding.ts';
import { forwardingPath, isShut, routingGaps } from '../model/forwarding.ts';
import { groupBy } from '../model/group-by.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Model } from '../model/model.ts';
import { formatForwards } from './name-list.ts';
import { sysctlCommand, sysctlName } from './printed-command.ts';

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
