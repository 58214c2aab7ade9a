import { isLoopback } from '../../model/address.ts';
import { isLocal, type HostFacts } from '../../model/host-facts.ts';
import { enabledForwards, type Family, type Model } from '../../model/model.ts';
import { isFound, type NoRouteKind, type RouteLookup, type RouteQuery } from '../../model/routing/route-lookup.ts';
import { egressOf } from '../../model/routing/routes.ts';
import { servicesByTarget, type Service } from '../../model/routing/services.ts';
import type { ReplyRoute } from '../observations.ts';
import { STRANGER } from './uplinks.ts';

export interface ReplyQuestion {
  readonly target: string;
  readonly mark: number | undefined;
  readonly service: Service | undefined;
  readonly query: RouteQuery;
  /** If the kernel refuses to answer, because this host does not forward packets yet. */
  readonly otherwise: RouteQuery;
}

/**
 * When a reply of a target is routed, its source is still the target: the kernel restores the address of this host
 * afterwards. So a routing rule for that address does not match, and one for a packet mark or for the target's port can.
 */
export function replyQuestions(
  model: Model,
  facts: HostFacts,
  families: readonly Family[],
  marks: readonly number[],
): ReplyQuestion[] {
  const forwards = enabledForwards(model).filter(({ family }) => families.includes(family));
  const targets = new Map(forwards.map(({ target, family }) => [target.address, family] as const));
  const services = servicesByTarget(model, facts, 'sport');
  return [...targets].flatMap(([target, family]) =>
    [undefined, ...marks].flatMap((mark) =>
      (services?.get(target) ?? [undefined]).map((service) => {
        const otherwise = { to: STRANGER[family], mark, service, fibmatch: true };
        return { target, mark, service, otherwise, query: { ...otherwise, ...senderOf(target, facts) } };
      }),
    ),
  );
}

function senderOf(target: string, facts: HostFacts): Pick<RouteQuery, 'from' | 'iif'> {
  if (isLoopback(target)) return {};
  return isLocal(facts, target) ? { from: target } : { from: target, iif: egressOf(facts, target) };
}

/** The answers are in the order of the questions. */
export const readReplyRoutes = (questions: readonly ReplyQuestion[], answers: readonly RouteLookup[]): ReplyRoute[] =>
  questions.flatMap(({ target, mark, service }, index) => {
    const answer = answers[index] ?? { kind: 'unknown' };
    if (isFound(answer))
      return answer.kind === 'unicast'
        ? [{ target, mark, service, interfaces: answer.hops.map((hop) => hop.interface) }]
        : [];
    const lost = answer.kind === 'unknown' ? undefined : LOST[answer.kind];
    return lost === undefined ? [] : [{ target, mark, service, interfaces: [], lost }];
  });

const LOST: Readonly<Record<Exclude<NoRouteKind, 'unknown'>, string>> = {
  none: 'no route matches them',
  unreachable: 'their route is unreachable',
  blackhole: 'their route is a blackhole',
  prohibit: 'their route is prohibited',
  'refused-host': 'their route is missing or unreachable',
  'refused-source': 'their route is a blackhole, or rp_filter does not accept their source',
};
