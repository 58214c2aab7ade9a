import { admits } from '../model/admits.ts';
import { isLinkLocal, isLoopback } from '../model/address.ts';
import { isLocal } from '../model/host-facts.ts';
import { coversInterface } from '../model/interface-name.ts';
import { formatListen, type Family, type Forward, type Listen } from '../model/model.ts';
import { firstAndLast, longestMatch, networkOf } from '../model/prefix.ts';
import type { Packet } from '../simulate/packet.ts';
import { addressAt } from './addresses.ts';
import type { Link, World } from './world.ts';

export const PATHS = ['outside', 'refused', 'neighbour', 'host', 'loopback', 'target'] as const;
/** refused: a client outside that `from` does not name. */
export type Path = (typeof PATHS)[number];

export interface Probe {
  readonly forward: Forward;
  readonly path: Path;
  /** Of clients: where they are. */
  readonly link: Link | undefined;
  readonly packet: Packet;
}

/** Why a path of a forward is not tried. */
export interface NotTried {
  readonly forward: Forward;
  readonly path: Path;
  readonly why: string;
}

/** The first packet of each connection that is tried: by every path, to every listen, for the ends of its ports. */
export function probesOf(forwards: readonly Forward[], world: World): readonly (Probe | NotTried)[] {
  return forwards.flatMap((forward) => PATHS.flatMap((path) => probesBy(path, forward, world)));
}

function probesBy(path: Path, forward: Forward, world: World): readonly (Probe | NotTried)[] {
  const not = (why: string): NotTried[] => [{ forward, path, why }];
  const ways = waysBy(path, forward, world);
  if (typeof ways === 'string') return not(ways);
  const protocols = forward.protocols.filter((protocol) => protocol !== 'sctp');
  if (protocols.length === 0) return not('sctp is not tried');
  const probes = forward.listens.flatMap((listen) =>
    ways.flatMap((way): (Probe | NotTried)[] => {
      const destination = way.destination ?? destinationOf(listen, way.link, forward.family, world);
      if (destination === undefined)
        return not(`no interface has an address for the listen ${formatListen(listen, forward.family)}`);
      if (path !== 'host' && path !== 'loopback' && isLoopback(destination)) return [];
      const ports = [...new Set([listen.ports.first, listen.ports.last])];
      return protocols.flatMap((protocol) =>
        ports.map((destinationPort) => ({
          forward,
          path,
          link: way.link,
          packet: {
            ...(way.link === undefined ? { path: 'own' } : { path: 'incoming', iifname: way.link.interface }),
            protocol,
            source: way.source ?? destination,
            destination,
            destinationPort,
            syn: true,
          } as Packet,
        })),
      );
    }),
  );
  return probes.length === 0 ? not('the listen is for this host only') : probes;
}

interface Way {
  /** Undefined: of this host. */
  readonly link: Link | undefined;
  /** Undefined: the destination, as the kernel selects it for an address of the host. */
  readonly source?: string;
  readonly destination?: string;
}

/** Or why there is none. */
function waysBy(path: Path, forward: Forward, world: World): readonly Way[] | string {
  const { family, target, from } = forward;
  const remote = !isLocal(world.facts, target.address);
  switch (path) {
    case 'outside':
      return waysFromOutside(forward, world);
    case 'refused': {
      if (from.length === 0) return '';
      const link = outsideLink(forward, world);
      const source = link?.outside.find((address) => isOf(family, address) && !admits(from, address));
      return link === undefined || source === undefined
        ? 'from allows every client that could be tried'
        : [{ link, source }];
    }
    case 'neighbour': {
      if (!remote) return '';
      if (world.lost.has(target.address)) return NO_ROUTE;
      const link = world.linkTo(target.address);
      const source = link?.neighbours.find((address) => isOf(family, address));
      return link === undefined || source === undefined
        ? 'the host has no address in the subnet of the target'
        : [{ link, source }];
    }
    case 'host':
      return [{ link: undefined }];
    case 'loopback': {
      const everywhere = forward.listens.some(
        (listen) => listen.address === undefined && listen.interface === undefined,
      );
      if (!everywhere || forward.interfaces.length > 0) return '';
      const address = family === 'ip' ? '127.0.0.1' : '::1';
      return [{ link: undefined, source: address, destination: address }];
    }
    case 'target': {
      if (!remote) return '';
      if (world.lost.has(target.address)) return NO_ROUTE;
      return [{ link: world.linkTo(target.address), source: target.address }];
    }
  }
}

const NO_ROUTE = 'no route to the target is known';

function waysFromOutside(forward: Forward, world: World): readonly Way[] | string {
  const { family, from } = forward;
  const link = outsideLink(forward, world);
  if (link === undefined)
    return forward.interfaces.length === 0 ? 'the host has no interface' : 'the host has no such interface';
  const source =
    from.length === 0 ? link.outside.find((address) => isOf(family, address)) : allowedClient(from, family, world);
  if (source === undefined) return 'from allows no client that could be tried';
  return [{ link: linkOfClient(source, world) ?? link, source }];
}

/** One that the forward accepts, if possible not that of the target. */
function outsideLink({ interfaces, target, listens }: Forward, world: World): Link | undefined {
  const accepted = world.links.filter(
    (link) => interfaces.length === 0 || interfaces.some((pattern) => coversInterface(pattern, link.interface)),
  );
  const named = listens.flatMap((listen) => listen.interface ?? []);
  return (
    accepted.find((link) => named.some((pattern) => coversInterface(pattern, link.interface))) ??
    accepted.find((link) => link !== world.linkTo(target.address) && link.addresses.length > 0) ??
    accepted[0]
  );
}

const isOf = (family: Family, address: string): boolean => address.includes(':') === (family === 'ip6');

function allowedClient(from: readonly string[], family: Family, { facts, links }: World): string | undefined {
  const taken = (address: string): boolean =>
    isLocal(facts, address) || links.some(({ targets }) => targets.includes(address));
  return from
    .filter((one) => isOf(family, one) && !isLinkLocal(one.split('/')[0] ?? ''))
    .map((one) => (one.includes('/') ? clientIn(one, taken) : one))
    .find((address) => address !== undefined && !taken(address));
}

const clientIn = (prefix: string, taken: (address: string) => boolean): string | undefined =>
  [9, 77, 1, 2, 0].map((offset) => addressAt(prefix, offset) ?? firstAndLast(prefix)[0]).find((one) => !taken(one));

/** A client in a subnet of the host is on that link. */
const linkOfClient = (source: string, { links }: World): Link | undefined =>
  links.find(({ addresses }) => subnetOf(source, addresses) !== undefined);

export const subnetOf = (address: string, addresses: Link['addresses']): string | undefined =>
  longestMatch(
    addresses.map((one) => networkOf(one.address, one.prefixLength)),
    address,
  );

/** An address of the host that the listen takes, if possible one of the link. */
function destinationOf(
  listen: Listen,
  link: Link | undefined,
  family: Family,
  { facts, links }: World,
): string | undefined {
  if (listen.address !== undefined) return listen.address;
  const all = links.flatMap((one) => one.addresses.map(({ address }) => ({ address, of: one.interface })));
  const fitting = all.filter(
    ({ address, of }) =>
      isOf(family, address) && (listen.interface === undefined || coversInterface(listen.interface, of)),
  );
  const near = fitting.find(({ of }) => of === link?.interface) ?? fitting[0];
  const onLoopback = facts.addresses.find(
    (one) =>
      one.interface === 'lo' && listen.interface === undefined && isOf(family, one.address) && !isLoopback(one.address),
  );
  return near?.address ?? onLoopback?.address;
}
