import type { Finding } from '../../finding/finding.ts';
import type { Forward } from '../../model/model.ts';
import { arrivalOf } from '../../model/routing/arrival.ts';
import { coversInterface } from '../../model/interface-name.ts';
import { groupBy } from '../../model/group-by.ts';
import type { Link } from '../../model/routing/links.ts';
import type { HostBinding } from '../binding.ts';
import { isKeptClaim } from './kept-claims.ts';
import { formatForwards, formatList } from '../name-list.ts';
import type { Observations, ObservedSocket, SshSession } from '../observations.ts';
import {
  formatEndpoint,
  isTarget,
  isWildcard,
  shadowOf,
  shadowsClient,
  type Endpoint,
  type Shadow,
} from './shadows.ts';

interface Shadowed {
  readonly binding: HostBinding;
  readonly sockets: readonly ObservedSocket[];
}

/** The forwards after these are counted in one finding. */
const MAX_FORWARDS = 10;

/**
 * A forward translates packets before any socket receives them, so a service on the same port is not reached any more.
 * What the forwards that were kept last (`kept`) hide as well is a warning: that decision was made.
 */
export function diagnoseListenerCovered(
  bindings: readonly HostBinding[],
  observations: Observations,
  kept: readonly HostBinding[] = [],
): Finding[] {
  const clients = shadowedBy(bindings, 'clients', observations);
  const { decided, open } = separate(clients, kept, observations);
  return [
    ...byForward(open, findingOf),
    ...byForward(decided, keptFinding),
    ...groupsOf(shadowedBy(bindings, 'others', observations))
      .slice(0, MAX_FORWARDS)
      .map(([forward, some]) => partFinding(forward, some, observations.links ?? [])),
  ];
}

const shadowedBy = (
  bindings: readonly HostBinding[],
  shadow: Shadow,
  { sockets, session }: Observations,
): readonly Shadowed[] =>
  bindings
    .map((binding) => ({
      binding,
      sockets: sockets.filter(
        (socket) => shadowOf(binding, socket) === shadow && isHidden(socket, binding, sockets, session),
      ),
    }))
    .filter((one) => one.sockets.length > 0);

/** Into what was decided when the last forwards were kept, and what is to be decided. */
function separate(
  shadowed: readonly Shadowed[],
  kept: readonly HostBinding[],
  { sockets }: Observations,
): { readonly decided: readonly Shadowed[]; readonly open: readonly Shadowed[] } {
  if (kept.length === 0) return { decided: [], open: shadowed };
  const isDecided = (binding: HostBinding, socket: ObservedSocket): boolean =>
    isKeptClaim(
      binding,
      socket,
      kept.filter((one) => !isServed(socket, one, sockets)),
    );
  const only = (wanted: boolean): Shadowed[] =>
    shadowed
      .map(({ binding, sockets: some }) => ({
        binding,
        sockets: some.filter((socket) => isDecided(binding, socket) === wanted),
      }))
      .filter((one) => one.sockets.length > 0);
  return { decided: only(true), open: only(false) };
}

const groupsOf = (shadowed: readonly Shadowed[]): readonly (readonly [Forward, readonly Shadowed[]])[] => [
  ...groupBy(shadowed, ({ binding }) => binding.forward),
];

function byForward(
  shadowed: readonly Shadowed[],
  toFinding: (forwards: string, shadowed: readonly Shadowed[], isMore: boolean) => Finding[],
): Finding[] {
  const groups = groupsOf(shadowed);
  const more = groups.slice(MAX_FORWARDS).flatMap(([, some]) => some);
  return [
    ...groups.slice(0, MAX_FORWARDS).flatMap(([{ name }, some]) => toFinding(`forward ${name}`, some, false)),
    ...(more.length === 0 ? [] : toFinding(formatForwards(more.map(({ binding }) => binding)), more, true)),
  ];
}

const isHidden = (
  socket: ObservedSocket,
  binding: HostBinding,
  sockets: readonly ObservedSocket[],
  session: SshSession | undefined,
): boolean => !isServed(socket, binding, sockets) && !isOfSession(socket, binding, session);

/** It receives the packets anyway, since the forward sends them there. */
const isServed = (socket: ObservedSocket, binding: HostBinding, sockets: readonly ObservedSocket[]): boolean =>
  isTarget(binding, socket) || servesTarget(binding, socket, sockets);

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
  return shadowsClient(binding, endpoint, session.client) && !isTarget(binding, endpoint);
}

function findingOf(forwards: string, shadowed: readonly Shadowed[], isMore: boolean): Finding[] {
  const { hidden, processes } = socketsOf(shadowed);
  return shadowed.slice(0, 1).map(({ binding }) => ({
    code: 'host/listener-covered',
    message: isMore
      ? `${forwards} would also hide ports where processes of this host listen`
      : `${forwards} would hide ${hidden}: clients would reach its target instead of the ${processes} there`,
    remedy: REMEDY,
    path: binding.listen.path,
  }));
}

function keptFinding(forwards: string, shadowed: readonly Shadowed[], isMore: boolean): Finding[] {
  const { hidden, processes } = socketsOf(shadowed);
  return shadowed.slice(0, 1).map(({ binding }) => ({
    code: 'host/listener-covered',
    severity: 'warning',
    message: isMore
      ? `${forwards} also hide ports where processes of this host listen, as the forwards that were kept last do`
      : `${forwards} hides ${hidden}, as the forwards that were kept last do: clients reach its target instead of the ${processes} there`,
    remedy: 'nothing needs to be done if this is intended; otherwise listen on another port or address',
    path: binding.listen.path,
  }));
}

function socketsOf(shadowed: readonly Shadowed[]): { readonly hidden: string; readonly processes: string } {
  const sockets = [...new Set(shadowed.flatMap((one) => one.sockets))];
  return {
    hidden: formatList(sockets.map(formatSocket)),
    processes: sockets.length === 1 ? 'process that listens' : 'processes that listen',
  };
}

/** Only connections that come another way than those of its usual clients go to the target. */
function partFinding(
  { name, path, interfaces }: Forward,
  [first, ...more]: readonly Shadowed[],
  links: readonly Link[],
): Finding {
  const all = first === undefined ? [] : [first, ...more];
  const sockets = [...new Set(all.flatMap((one) => one.sockets))];
  const others = first === undefined ? [] : otherWays(first, links);
  const own = interfaces.length === 0 ? ['from this host itself'] : [];
  const ways = [...own, ...(others.length === 0 ? [] : [`through ${formatList(others)}`])];
  return {
    code: 'host/listener-partly-covered',
    message: `forward ${name} also takes connections to ${formatList(sockets.map(formatSocket))} that come ${ways.join(' or ')}: portfwd cannot tell there which interface has an address`,
    remedy: `to exclude them, name in the key interface only the interfaces where clients of the forward come in${own.length === 0 ? '' : '; connections of this host itself are then not forwarded'}`,
    path: first?.binding.listen.path ?? path,
  };
}

/** The interfaces through which the forward takes packets for the address of the first socket. Not the ports of a bridge. */
function otherWays({ binding, sockets: [socket] }: Shadowed, links: readonly Link[]): readonly string[] {
  const { forward, listen, interfaces, interfacesWith } = binding;
  const owners = interfacesWith(socket?.address ?? '');
  return interfaces.filter(
    (name) =>
      name !== 'lo' &&
      arrivalOf(links, name) === undefined &&
      !owners.includes(name) &&
      (listen.interface === undefined || !coversInterface(listen.interface, name)) &&
      (forward.interfaces.length === 0 || forward.interfaces.some((pattern) => coversInterface(pattern, name))),
  );
}

const REMEDY =
  'listen on another port or address, or apply with --force --confirm 60 (reverts after 60 seconds unless you confirm)';

/** `tcp 0.0.0.0:22 (sshd)` */
const formatSocket = (socket: ObservedSocket): string =>
  `${formatEndpoint(socket)}${socket.process === undefined ? '' : ` (${socket.process})`}`;
