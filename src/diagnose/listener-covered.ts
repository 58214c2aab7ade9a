import type { Finding } from '../finding/finding.ts';
import type { Forward } from '../model/model.ts';
import { groupBy } from '../model/group-by.ts';
import type { HostBinding } from './binding.ts';
import { formatForwards, formatList } from './name-list.ts';
import type { Observations, ObservedSocket, SshSession } from './observations.ts';
import { formatEndpoint, isTarget, isWildcard, shadows, type Endpoint } from './shadows.ts';

interface Shadowed {
  readonly binding: HostBinding;
  readonly sockets: readonly ObservedSocket[];
}

/** The forwards after these are counted in one finding. */
const MAX_FORWARDS = 10;

/** A forward translates packets before any socket receives them, so a service on the same port is not reached any more. */
export function diagnoseListenerCovered(
  bindings: readonly HostBinding[],
  { sockets, session }: Observations,
): Finding[] {
  const shadowed = bindings
    .map((binding) => ({ binding, sockets: sockets.filter((socket) => isShadowed(socket, binding, sockets, session)) }))
    .filter((one) => one.sockets.length > 0);
  const groups = [...groupBy(shadowed, ({ binding }) => binding.forward)];
  return [
    ...groups.slice(0, MAX_FORWARDS).map(([forward, some]) => finding(forward, some)),
    ...rest(groups.slice(MAX_FORWARDS).flatMap(([, some]) => some)),
  ];
}

const isShadowed = (
  socket: ObservedSocket,
  binding: HostBinding,
  sockets: readonly ObservedSocket[],
  session: SshSession | undefined,
): boolean =>
  shadows(binding, socket) &&
  !isTarget(binding, socket) &&
  !servesTarget(binding, socket, sockets) &&
  !isOfSession(socket, binding, session);

/** A socket on every address receives packets for the target too, unless another one is bound to the target's address. */
const servesTarget = (binding: HostBinding, socket: ObservedSocket, sockets: readonly ObservedSocket[]): boolean =>
  isWildcard(socket.address) &&
  isTarget(binding, { ...socket, address: binding.forward.target.address }) &&
  !sockets.some(
    ({ protocol, address, port }) =>
      protocol === socket.protocol && port === socket.port && address === binding.forward.target.address,
  );

/** session-covered.ts reports this socket. */
function isOfSession(socket: ObservedSocket, binding: HostBinding, session: SshSession | undefined): boolean {
  if (session === undefined || socket.protocol !== 'tcp' || socket.port !== session.port) return false;
  const endpoint: Endpoint = { protocol: 'tcp', address: session.address, port: session.port };
  return shadows(binding, endpoint) && !isTarget(binding, endpoint);
}

function finding(forward: Forward, shadowed: readonly Shadowed[]): Finding {
  const sockets = [...new Set(shadowed.flatMap((one) => one.sockets))];
  const processes = sockets.length === 1 ? 'process that listens' : 'processes that listen';
  return {
    code: 'host/listener-covered',
    message: `forward ${forward.name} would hide ${formatList(sockets.map(formatSocket))}: clients would reach its target instead of the ${processes} there`,
    remedy: REMEDY,
    path: shadowed[0]?.binding.listen.path ?? forward.path,
  };
}

const rest = (shadowed: readonly Shadowed[]): Finding[] =>
  shadowed.slice(0, 1).map(({ binding }) => ({
    code: 'host/listener-covered',
    message: `${formatForwards(shadowed.map((one) => one.binding))} would also hide ports where processes of this host listen`,
    remedy: REMEDY,
    path: binding.listen.path,
  }));

const REMEDY =
  'listen on another port or address, or apply with --force --confirm 60 (reverts after 60 seconds unless you confirm)';

/** `tcp 0.0.0.0:22 (sshd)` */
const formatSocket = (socket: ObservedSocket): string =>
  `${formatEndpoint(socket)}${socket.process === undefined ? '' : ` (${socket.process})`}`;
