import { formatList } from '../../diagnose/name-list.ts';
import { shellWord } from '../../diagnose/printed-command.ts';
import { serviceWords } from '../../host/observe/routing/services.ts';
import { markText } from '../../model/routing/mark-text.ts';
import { isFound, type NoRouteKind, type RouteQuery } from '../../model/routing/route-lookup.ts';
import type { AskedRoute } from '../kernel/ask-routes.ts';

/** The command that asks the kernel the same, and its answer in words. */
export const formatAsked = (asked: AskedRoute): string => `${commandOf(asked.query)}: ${answerText(asked)}`;

export const commandOf = ({ to, from, iif, mark, service }: RouteQuery): string =>
  [
    `ip route get fibmatch ${to}`,
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(iif === undefined ? [] : [`iif ${shellWord(iif)}`]),
    ...(mark === undefined ? [] : [`mark ${markText(mark)}`]),
    ...(service === undefined ? [] : [serviceWords(service)]),
  ].join(' ');

export function answerText(asked: AskedRoute): string {
  const { lookup } = asked;
  if (!isFound(lookup)) return `${lookup.kind.startsWith('refused') ? 'refused: ' : ''}${whyNot(asked) ?? 'no answer'}`;
  if (lookup.kind !== 'unicast') return `a ${lookup.kind} address`;
  const hops = lookup.hops.map(({ interface: name, via }) => (via === undefined ? name : `${name} via ${via}`));
  return `out through ${formatList(hops)} (${lookup.prefix} in table ${lookup.table})`;
}

/** Why the kernel does not pass the packet on; undefined if it does, or if that is not known. */
export function whyNot({ query, lookup, closed }: AskedRoute): string | undefined {
  if (closed !== undefined) return closed;
  return isFound(lookup) || lookup.kind === 'unknown' ? undefined : NO_ROUTE[lookup.kind](query);
}

const NO_ROUTE: Record<Exclude<NoRouteKind, 'unknown'>, (query: RouteQuery) => string> = {
  none: () => 'no route',
  unreachable: () => 'an unreachable route, so packets are rejected',
  blackhole: () => 'a blackhole route, so packets are dropped',
  prohibit: () => 'a prohibit route, so packets are rejected',
  'refused-host': ({ iif = '' }) => `the route is missing or unreachable, or forwarding is off on ${iif}`,
  'refused-source': ({ from = '', iif = '' }) =>
    `rp_filter does not accept ${from} on ${iif}, or the route is a blackhole`,
};
