import { isLinkLocal } from './address.ts';
import type { HostFacts } from './host-facts.ts';
import { isWithin, longestMatch } from './prefix.ts';
import { allRoutes, routesTo, type HostRoute } from './routes.ts';

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
export function replyPathOf(facts: HostFacts, address: string): ReplyPath | undefined {
  const routes = routesTo(facts, address);
  const found = replyPaths.get(routes) ?? makeReplyPath(routes, facts);
  if (found !== undefined) replyPaths.set(routes, found);
  return found;
}

/** All targets of one route have the same reply path. */
const replyPaths = new WeakMap<readonly HostRoute[], ReplyPath>();

function makeReplyPath(routes: readonly HostRoute[], facts: HostFacts): ReplyPath | undefined {
  const [first] = routes;
  if (first === undefined) return undefined;
  if (first.via === undefined) return { routed: false, subnet: first.prefix, links: [], exceptions: [] };
  const subnet = isDefault(first) ? undefined : first.prefix;
  const links = [...new Set(routes.flatMap((route) => linksOf(facts, route)))];
  return {
    routed: true,
    subnet,
    links,
    exceptions: subnet === undefined ? [] : exceptionsIn(subnet, routes, links, facts),
  };
}

/** The subnet that the client shares with the target or with the router to it. Undefined if it shares neither. */
export function sharedSubnet({ subnet, links, exceptions }: ReplyPath, client: string): string | undefined {
  const link = longestMatch(links, client);
  if (link !== undefined || subnet === undefined) return link;
  return longestMatch([...exceptions, subnet], client) === subnet ? subnet : undefined;
}

const isDefault = ({ prefix }: HostRoute): boolean => prefix.endsWith('/0');

/**
 * A router is in the subnet of the address that the host uses as its gateway. IPv6 gateways are link-local addresses;
 * such a router counts as a member of every subnet on that link.
 */
function linksOf(facts: HostFacts, { via = '', interface: name }: HostRoute): string[] {
  const prefixes = facts.onLink.filter((route) => route.interface === name).map(({ prefix }) => prefix);
  if (isLinkLocal(via)) return prefixes.filter((prefix) => prefix.includes(':') && !isLinkLocal(addressOf(prefix)));
  const link = longestMatch(prefixes, via);
  return link === undefined ? [] : [link];
}

const addressOf = (prefix: string): string => prefix.split('/')[0] ?? '';

function exceptionsIn(
  subnet: string,
  routes: readonly HostRoute[],
  links: readonly string[],
  facts: HostFacts,
): string[] {
  const others = allRoutes(facts).filter(({ via, prefix }) => {
    const sameRouter = via !== undefined && routes.some((route) => route.via === via);
    return !sameRouter && prefix !== subnet && !links.includes(prefix) && isWithin(prefix, subnet);
  });
  return [...new Set(others.map(({ prefix }) => prefix))];
}
