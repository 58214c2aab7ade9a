import type { Finding } from '../finding/finding.ts';
import { forwardingPath, isShut, routingGaps, type RoutingGap } from '../model/routing/forwarding.ts';
import { groupBy } from '../model/group-by.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Family, Model } from '../model/model.ts';
import { formatForwards, formatList } from './name-list.ts';
import { sysctlCommand, sysctlName } from './printed-command.ts';

/** Of more interfaces there is one finding. */
const MAX_INTERFACES = 5;

/** Some clients can use the forward, and those that come in through another interface cannot. */
export function diagnoseRouting(model: Model, facts: HostFacts): Finding[] {
  if (model.forwarding !== 'require') return [];
  const gaps = routingGaps(model, facts).filter((gap) => !isShut(gap, facts));
  return [
    ...[...groupBy(gaps, ({ closed }) => closed)].flatMap(([closed, group]) => findings(closed, group)),
    ...closedWays(gaps),
  ];
}

/** Only packets with some mark go out there, so other clients can use the forward. */
function closedWays(gaps: readonly RoutingGap[]): Finding[] {
  const exits = gaps.flatMap((gap) => gap.closedExits.map((name) => ({ gap, name })));
  const others = exits.filter(({ gap, name }) => !gap.closed.includes(name));
  return [...groupBy(others, ({ gap, name }) => forwardingPath(name, gap.forward.family))].flatMap(([path, some]) =>
    some.slice(0, 1).map(({ name, gap: { forward } }) => {
      const sysctl = sysctlName(path);
      return {
        code: 'host/interface-not-routing',
        message: `${name} does not route (${sysctl} is 0): some packets of ${formatForwards(some.map(({ gap }) => gap))} go out through ${name}, by their mark, and the replies do not come back`,
        remedy: turnOn(name, path),
        path: forward.path,
      };
    }),
  );
}

/** Of forwards with the same interfaces. */
function findings(closed: readonly string[], gaps: readonly RoutingGap[]): Finding[] {
  const forwards = formatForwards(gaps);
  const { path = [], family = 'ip' } = gaps[0]?.forward ?? {};
  return closed.length > MAX_INTERFACES
    ? [manyFinding(closed, family, path, forwards)]
    : closed.map((name) => oneFinding(name, family, path, forwards));
}

function oneFinding(name: string, family: Family, at: Finding['path'], forwards: string): Finding {
  const path = forwardingPath(name, family);
  return {
    code: 'host/interface-not-routing',
    message: `${name} does not route (${sysctlName(path)} is 0): clients that come in through ${name} cannot use ${forwards}`,
    remedy: `${turnOn(name, path)}; if no clients come in through ${name}, name the interfaces of the clients in interface`,
    path: at,
  };
}

/** The sysctl of one interface opens this host for all packets that arrive there. */
const turnOn = (name: string, path: string): string =>
  `${BY_US}; or ${sysctlCommand(sysctlName(path), '1')}; this routes all packets that come in through ${name}, not only those of forwards${path.includes('/ipv6/') ? ', and ends its routes from router advertisements unless its accept_ra is 2' : ''}`;

const BY_US = 'write forwarding: enable, and portfwd lets it route for the forwards only';

const manyFinding = (names: readonly string[], family: Family, path: Finding['path'], forwards: string): Finding => ({
  code: 'host/interface-not-routing',
  message: `${formatList(names)} do not route (${sysctlName(forwardingPath('INTERFACE', family))} is 0): clients that come in through them cannot use ${forwards}`,
  remedy:
    'write forwarding: enable, and portfwd lets them route for the forwards only; or name the interfaces of the clients in interface',
  path,
});
