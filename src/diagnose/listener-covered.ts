import type { Finding } from '../finding/finding.ts';
import { formatListen, type Forward } from '../model/model.ts';
import { groupBy } from '../model/group-by.ts';
import type { HostBinding } from './binding.ts';
import { covers, isTarget, isWildcard } from './covers.ts';
import { formatForwards, formatSome } from './names.ts';
import type { Observations, ObservedSocket } from './observations.ts';

interface Covered {
  readonly binding: HostBinding;
  readonly sockets: readonly ObservedSocket[];
}

/** Forwards that get a finding of their own; the rest is counted. */
const MOST = 10;

/**
 * A forward takes what reaches a port before any socket sees it: the service there goes silent, sshd too.
 * The service that the forward leads to is not one of those.
 */
export function diagnoseListenerCovered(
  bindings: readonly HostBinding[],
  { sockets, session }: Observations,
): Finding[] {
  const all = bindings
    .map((binding) => ({ binding, sockets: coveredBy(binding, sockets) }))
    .filter((covered) => covered.sockets.length > 0);
  // Whoever covers the session's port is told so by session-covered.ts.
  const others = all
    .map(({ binding, sockets: some }) => ({
      binding,
      sockets: some.filter((socket) => !isSessions(socket, binding, session)),
    }))
    .filter((covered) => covered.sockets.length > 0);
  const groups = [...groupBy(others, ({ binding }) => binding.forward)];
  return [
    ...groups.slice(0, MOST).map(([forward, covered]) => finding(forward, covered)),
    ...rest(groups.slice(MOST).flatMap(([, covered]) => covered)),
  ];
}

function coveredBy(binding: HostBinding, sockets: readonly ObservedSocket[]): ObservedSocket[] {
  const met = sockets.filter((socket) => covers(binding, socket));
  return met.filter((socket) => !isTarget(binding, socket) && !servesTarget(binding, socket, sockets));
}

/** A service on every address is the target too, when nobody else listens on the target's own address. */
const servesTarget = (binding: HostBinding, socket: ObservedSocket, sockets: readonly ObservedSocket[]): boolean =>
  isWildcard(socket.address) &&
  isTarget(binding, { ...socket, address: binding.forward.target.address }) &&
  !sockets.some(
    ({ protocol, address, port }) =>
      protocol === socket.protocol && port === socket.port && address === binding.forward.target.address,
  );

const isSessions = (socket: ObservedSocket, binding: HostBinding, session: Observations['session']): boolean =>
  session !== undefined &&
  socket.protocol === 'tcp' &&
  socket.port === session.port &&
  covers(binding, { protocol: 'tcp', ...session }) &&
  !isTarget(binding, { protocol: 'tcp', ...session });

function finding(forward: Forward, covered: readonly Covered[]): Finding {
  const [first] = covered;
  const sockets = [...new Set(covered.flatMap((one) => one.sockets))];
  return {
    code: 'host/listener-covered',
    message: `${forward.name} takes what comes in for ${formatSome(sockets.map(formatSocket))}, which ${sockets.length === 1 ? 'is' : 'are'} in use on this host`,
    remedy: REMEDY,
    path: first?.binding.listen.path ?? forward.path,
  };
}

const rest = (covered: readonly Covered[]): Finding[] =>
  covered.slice(0, 1).map(({ binding }) => ({
    code: 'host/listener-covered',
    message: `${formatForwards(covered.map((one) => one.binding))} also cover ports that are in use on this host`,
    remedy: REMEDY,
    path: binding.listen.path,
  }));

const REMEDY = 'listen on another port or address, or try it with --force --confirm 60';

/** `tcp 0.0.0.0:22 (sshd)` */
function formatSocket({ protocol, address, port, process }: ObservedSocket): string {
  const ports = { first: port, last: port };
  const at = formatListen({ address, ports, path: [] }, address.includes(':') ? 'ip6' : 'ip');
  return `${protocol} ${at}${process === undefined ? '' : ` (${process})`}`;
}
