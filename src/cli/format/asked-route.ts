import { formatList } from '../../diagnose/name-list.ts';
import { shellWord } from '../../diagnose/printed-command.ts';
import { isFound, type NoRouteKind, type RouteQuery } from '../../model/route-lookup.ts';
import type { AskedRoute } from '../commands/ask-routes.ts';

/** The command that asks the kernel the same, and its answer in words. */
export const formatAsked = (asked: AskedRoute): string => `${commandOf(asked.query)}: ${answerText(asked)}`;

export const commandOf = ({ to, from, iif }: RouteQuery): string =>
  [
    `ip route get fibmatch ${to}`,
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(iif === undefined ? [] : [`iif ${shellWord(iif)}`]),
  ].join(' ');

export function answerText({ query, lookup }: AskedRoute): string {
  if (!isFound(lookup)) return NO_ROUTE[lookup.kind](query);
  if (lookup.kind !== 'unicast') return `a ${lookup.kind} address`;
  const hops = lookup.hops.map(({ interface: name, via }) => (via === undefined ? name : `${name} via ${via}`));
  return `out through ${formatList(hops)} (${lookup.prefix} in table ${lookup.table})`;
}

const NO_ROUTE: Record<NoRouteKind, (query: RouteQuery) => string> = {
  none: () => 'no route',
  unreachable: () => 'an unreachable route, so packets are rejected',
  blackhole: () => 'a blackhole route, so packets are dropped',
  prohibit: () => 'a prohibit route, so packets are rejected',
  'refused-host': ({ iif = '' }) => `refused: the route is missing or unreachable, or forwarding is off on ${iif}`,
  'refused-source': ({ from = '', iif = '' }) =>
    `refused: rp_filter does not accept ${from} on ${iif}, or the route is a blackhole`,
  unknown: () => 'no answer',
};
