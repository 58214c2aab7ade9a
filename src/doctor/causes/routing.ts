import { formatList } from '../../diagnose/name-list.ts';
import { sysctlName } from '../../diagnose/printed-command.ts';
import { forwardingPath, isShut, routingGaps, type RoutingGap } from '../../model/routing/forwarding.ts';
import { isPossible, type HostFacts } from '../../model/host-facts.ts';
import type { Case } from '../case.ts';
import { cause, type Cause } from '../cause.ts';
import type { Evidence } from '../evidence.ts';

export function routingOff(one: Case, evidence: Evidence): Cause[] {
  const { model, kernel, portfwd } = evidence;
  const facts = factsNow(evidence);
  return gapsOf(one, facts, evidence).flatMap((gap) => {
    const isAll = isClosed(gap, one, facts);
    const closed = [...new Set([...gap.closed, ...gap.closedExits])].filter(
      (name) => isAll || gap.closedExits.includes(name) || one.arrivals?.includes(name) === true,
    );
    if (closed.length === 0 && !isAll) return [];
    const isSaid = model.forwarding === 'enable' && kernel?.enableForwarding !== true;
    return [
      cause(
        'routing-off',
        isAll ? 'fault' : 'doubt',
        textOf(gap, closed, facts),
        `run: ${portfwd(isSaid ? 'apply' : 'apply --enable-forwarding')}; it turns routing on for the forwards only, behind a guard`,
      ),
    ];
  });
}

const factsNow = ({ facts, forwarding }: Evidence): HostFacts => ({ ...facts, forwarding });

const gapsOf = ({ forward, local }: Case, facts: HostFacts, { model }: Evidence): readonly RoutingGap[] =>
  local || !isPossible(forward, facts)
    ? []
    : routingGaps({ ...model, forwards: [{ ...forward, enabled: true }] }, facts);

function isClosed(gap: RoutingGap, { arrivals = [] }: Case, facts: HostFacts): boolean {
  return isShut(gap, facts) || (arrivals.length > 0 && arrivals.every((name) => gap.closed.includes(name)));
}

function textOf({ forward }: RoutingGap, closed: readonly string[], { forwarding }: HostFacts): string {
  const { family, target } = forward;
  const end = `and its target ${target.address} is another host: packets stop here`;
  const others = forwarding.interfaces?.filter((entry) => entry[family] === true && entry.interface !== 'lo') ?? [];
  if (closed.length === 0 || (!forwarding[family] && others.length === 0))
    return `this host does not route (${family === 'ip' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding'} is 0), ${end}`;
  const sysctls = closed.map((name) => `${sysctlName(forwardingPath(name, family))} is 0`);
  return `${formatList(closed)} ${closed.length === 1 ? 'does' : 'do'} not route (${formatList(sysctls)}), ${end} that come in through ${closed.length === 1 ? 'it' : 'them'}`;
}
