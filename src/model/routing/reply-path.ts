import { isLinkLocal } from '../address.ts';
import { groupBy } from '../group-by.ts';
import type { HostFacts } from '../host-facts.ts';
import { isWithin, longestMatch, prefixesAround } from '../prefix.ts';
import { routesTo, type HostRoute } from './routes.ts';
import { routesInside } from './routes-inside.ts';

/** Which clients a target answers directly, so that the replies bypass this host. It depends on where the target is. */
export interface ReplyPath {
  /** There is a router between this host and the target. */
  readonly routed: boolean;
  /** The target's subnet: on-link, or the prefix that the host reaches via the same router. Undefined: the default route. */
  readonly subnet: string | undefined;
  /** The subnets of the router itself, whose machines it answers directly. */
  readonly links: readonly string[];
  /** Parts of the subnet that the host reaches by another route, so that replies to them may pass this host. */
  readonly exceptions: readonly string[];
}

/** Undefined if no route to the target is known. */
export function replyPathOf(
  facts: HostFacts,
  address: string,
  routes: readonly HostRoute[] = routesTo(facts, address),
): ReplyPath | undefined {
  const neighbours = routes === routesTo(facts, address) ? facts.neighbours?.[address] : undefined;
  const key = neighbours === undefined ? undefined : neighbours.join(' ');
  const known = replyPaths.get(routes) ?? new Map<string | undefined, ReplyPath | undefined>();
  replyPaths.set(routes, known);
  if (!known.has(key)) known.set(key, makeReplyPath(routes, neighbours, facts));
  return known.get(key);
}

/** All targets of one route have the same reply path, if they have the same neighbours. */
const replyPaths = new WeakMap<readonly HostRoute[], Map<string | undefined, ReplyPath | undefined>>();

/** Routing rules for clients decide who shares the link of the target or of the router to it: its neighbours. */
function makeReplyPath(
  routes: readonly HostRoute[],
  neighbours: readonly string[] | undefined,
  facts: HostFacts,
): ReplyPath | undefined {
  const [first] = routes;
  if (first === undefined) return undefined;
  if (first.via === undefined) {
    const subnet = subnetOnLink(first, facts);
    return onLink(neighbours?.includes(subnet) === false ? undefined : subnet, facts);
  }
  const subnet = isDefault(first) ? undefined : subnetBehind(first, facts);
  const routers = routes.length === 1 ? routerOf(facts, first) : routersOf(facts, routes);
  return once(facts, `${subnet} ${routers.key} ${neighbours?.join(' ')}`, () => ({
    routed: true,
    subnet,
    links: neighbours ?? routers.links,
    exceptions: subnet === undefined ? [] : exceptionsIn(subnet, routers, facts),
  }));
}

/** Those of the routes to a target. */
interface Routers {
  /** Their addresses. */
  readonly vias: readonly string[];
  /** Their subnets. */
  readonly links: readonly string[];
  /** All of it. */
  readonly key: string;
}

function routersOf(facts: HostFacts, routes: readonly HostRoute[]): Routers {
  const all = routes.map((route) => routerOf(facts, route));
  return asRouters([...new Set(all.flatMap(({ vias }) => vias))].sort(), [
    ...new Set(all.flatMap(({ links }) => links)),
  ]);
}

const asRouters = (vias: readonly string[], links: readonly string[]): Routers => ({
  vias,
  links,
  key: `${vias.join(' ')} | ${links.join(' ')} |`,
});

const onLink = (subnet: string | undefined, facts: HostFacts): ReplyPath =>
  once(facts, `${subnet}`, () => ({ routed: false, subnet, links: [], exceptions: [] }));

const paths = new WeakMap<HostFacts, Map<string, ReplyPath>>();

/** Thousands of routes can be parts of one prefix behind one router, so their reply path is made once. */
function once(facts: HostFacts, key: string, make: () => ReplyPath): ReplyPath {
  const known = paths.get(facts) ?? new Map<string, ReplyPath>();
  paths.set(facts, known);
  const path = known.get(key) ?? make();
  known.set(key, path);
  return path;
}

/** The subnet that the client shares with the target or with the router to it. Undefined if it shares neither. */
export function sharedSubnet({ subnet, links, exceptions }: ReplyPath, client: string): string | undefined {
  const link = longestMatch(links, client);
  if (link !== undefined || subnet === undefined) return link;
  return longestMatch([...exceptions, subnet], client) === subnet ? subnet : undefined;
}

const isDefault = ({ prefix }: HostRoute): boolean => prefix.endsWith('/0');

/**
 * A link can have several prefixes that contain the target, such as a host route beside the subnet. The machines of all
 * of them are on the same link, and the shortest prefix contains the others.
 */
const subnetOnLink = ({ prefix, interface: name }: HostRoute, facts: HostFacts): string =>
  shortestAround(prefix, prefixesOf(facts).onLink.get(name));

/** The same for prefixes that the host reaches via the same router. */
const subnetBehind = ({ prefix, via }: HostRoute, facts: HostFacts): string =>
  shortestAround(prefix, prefixesOf(facts).behind.get(via ?? ''));

/**
 * A router is in the subnet of the address that the host uses as its gateway. IPv6 gateways are link-local addresses;
 * such a router counts as a member of every subnet on that link. Thousands of targets can be behind one router.
 */
function routerOf(facts: HostFacts, { prefix, via, interface: name }: HostRoute): Routers {
  const { onLink, routers } = prefixesOf(facts);
  const ofIPv6 = prefix.includes(':');
  const key = `${ofIPv6} ${via} ${name}`;
  const known = routers.get(key);
  if (known !== undefined) return known;
  const router = asRouters(via === undefined ? [] : [via], linksAround(via ?? '', onLink.get(name), ofIPv6));
  routers.set(key, router);
  return router;
}

function linksAround(via: string, link: Prefixes | undefined, ofIPv6: boolean): readonly string[] {
  if (!isLinkLocal(via)) return [...(link?.around(via) ?? [])].slice(-1);
  return (link?.all ?? []).filter((one) => one.includes(':') === ofIPv6 && !isLinkLocal(addressOf(one)));
}

const addressOf = (prefix: string): string => prefix.split('/')[0] ?? '';

interface Prefixes {
  readonly all: readonly string[];
  readonly around: ReturnType<typeof prefixesAround>;
}

interface PrefixIndex extends Readonly<Record<'onLink' | 'behind', ReadonlyMap<string, Prefixes>>> {
  readonly routers: Map<string, Routers>;
}

const prefixIndexes = new WeakMap<HostFacts, PrefixIndex>();

/** On-link prefixes by interface, and routed ones by router, without default routes. */
function prefixesOf(facts: HostFacts): PrefixIndex {
  const known = prefixIndexes.get(facts);
  if (known !== undefined) return known;
  const routed = (facts.routed ?? []).filter((route) => !isDefault(route));
  const index = {
    onLink: indexed(groupBy(facts.onLink, (route) => route.interface)),
    behind: indexed(groupBy(routed, ({ via }) => via)),
    routers: new Map(),
  };
  prefixIndexes.set(facts, index);
  return index;
}

const indexed = (groups: ReadonlyMap<string, readonly HostRoute[]>): ReadonlyMap<string, Prefixes> =>
  new Map(
    [...groups].map(([key, routes]) => {
      const all = routes.map(({ prefix }) => prefix);
      return [key, { all, around: prefixesAround(all) }];
    }),
  );

/** The shortest of the prefixes that contains the whole prefix; otherwise the prefix itself. */
function shortestAround(prefix: string, prefixes: Prefixes | undefined): string {
  const shortest = [...(prefixes?.around(addressOf(prefix)) ?? [])].at(-1);
  return shortest !== undefined && isWithin(prefix, shortest) ? shortest : prefix;
}

function exceptionsIn(subnet: string, { vias, links }: Routers, facts: HostFacts): string[] {
  const others = routesInside(facts, subnet).filter(({ via, prefix }) => {
    const sameRouter = via !== undefined && vias.includes(via);
    return !sameRouter && prefix !== subnet && !links.includes(prefix);
  });
  return [...new Set(others.map(({ prefix }) => prefix))];
}
