import { isLinkLocal, isPrivate } from '../address.ts';
import type { HostFacts } from '../host-facts.ts';
import { stateText, type Link } from './links.ts';
import { longestMatch, networkOf } from '../prefix.ts';
import { isFound, type NoRouteKind } from './route-lookup.ts';
import { lookupTo, routesTo, type HostRoute } from './routes.ts';

/** Why packets for a target do not reach it now: its interface is down or absent. */
export type TargetAway =
  /** The route goes through this interface. */
  | { readonly kind: 'link'; readonly link: Link }
  /** The interface has an address in the target's subnet, and is down. Packets take the default route, if there is one. */
  | { readonly kind: 'subnet'; readonly link: Link; readonly prefix: string; readonly instead: HostRoute | undefined }
  | { readonly kind: 'no-route'; readonly why: NoRouteKind }
  /** A private address, and only the default route to a router on the internet matches. */
  | { readonly kind: 'provider'; readonly instead: HostRoute };

/** What is known: a clause. */
export function awayText(away: TargetAway): string {
  switch (away.kind) {
    case 'link':
      return `${stateText(away.link.name, away.link.state)}: packets do not reach the target now`;
    case 'subnet':
      return `${stateText(away.link.name, away.link.state)}, which has the subnet ${away.prefix} of the target: packets do not reach the target now`;
    case 'no-route':
      return `this host has ${away.why === 'none' ? 'no route' : `a route of type ${away.why}`} to the target: packets do not reach it now`;
    case 'provider':
      return `only the default route of ${away.instead.interface} matches this private address: the interface to the target, such as that of a tunnel, may be down`;
  }
}

/** Undefined: it is not away. `routes` are those of `routesTo`, if the caller has them. */
export type AwayOf = (address: string, routes?: readonly HostRoute[]) => TargetAway | undefined;

/** Finds out why a target is away, as far as the kernel and the addresses of this host tell. */
export function targetsAway(facts: HostFacts, links: readonly Link[] | undefined): AwayOf {
  const known = new Map<string, TargetAway | undefined>();
  const byRoutes = new Map<readonly HostRoute[], TargetAway | undefined>();
  const byName = new Map((links ?? []).map((link) => [link.name, link] as const));
  const idle = idleSubnets(facts, byName);
  // The main table does not have the routes of a VRF.
  const hasVrf = (links ?? []).some(({ kind }) => kind === 'vrf');
  const find = (address: string, route: HostRoute | undefined): TargetAway | undefined => {
    const prefix = longestMatch([...idle.keys()], address);
    const link = prefix === undefined ? undefined : idle.get(prefix);
    if (prefix !== undefined && link !== undefined) return { kind: 'subnet', link, prefix, instead: route };
    const lookup = lookupTo(facts, address);
    if (route === undefined)
      return lookup === undefined || isFound(lookup) || lookup.kind === 'unknown' || hasVrf
        ? undefined
        : { kind: 'no-route', why: lookup.kind };
    return isPrivate(address) && isOnInternet(route, facts, address) ? { kind: 'provider', instead: route } : undefined;
  };
  return (address, routes = routesTo(facts, address)) => {
    const [route] = routes;
    if (route === undefined || route.prefix.endsWith('/0')) {
      if (!known.has(address)) known.set(address, find(address, route));
      return known.get(address);
    }
    if (!byRoutes.has(routes)) byRoutes.set(routes, onLink(routes, byName));
    return byRoutes.get(routes);
  };
}

function onLink(routes: readonly HostRoute[], byName: ReadonlyMap<string, Link>): TargetAway | undefined {
  const links = routes.map((route) => byName.get(route.interface));
  const [link] = links;
  return link !== undefined && links.every((one) => one !== undefined && one.state !== 'up')
    ? { kind: 'link', link }
    : undefined;
}

/** The subnets of interfaces that are down; an address on an interface that is up as well is left out. */
function idleSubnets({ addresses }: HostFacts, byName: ReadonlyMap<string, Link>): ReadonlyMap<string, Link> {
  return new Map(
    addresses.flatMap(({ interface: name, address, prefixLength }) => {
      const link = byName.get(name);
      return link === undefined || link.state === 'up' ? [] : [[networkOf(address, prefixLength), link] as const];
    }),
  );
}

/** Some providers have routers with a private or a link-local address; then the addresses of this host there tell. */
function isOnInternet({ via, interface: name }: HostRoute, { addresses }: HostFacts, target: string): boolean {
  const ofIPv6 = target.includes(':');
  if (via !== undefined && isGlobal(via)) return true;
  return addresses.some(
    ({ interface: other, address }) => other === name && address.includes(':') === ofIPv6 && isGlobal(address),
  );
}

const isGlobal = (address: string): boolean => !isPrivate(address) && !isLinkLocal(address);
