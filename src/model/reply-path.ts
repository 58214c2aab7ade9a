import { isLinkLocal, isWithin, longestMatch } from './address.ts';
import type { HostFacts } from './host-facts.ts';
import { allWays, waysTo, type Way } from './routes.ts';

/** Whom a target answers without this host, by where it stands. */
export interface Neighbourhood {
  /** A router stands between this host and the target. */
  readonly routed: boolean;
  /** The subnet of the target: of its own link, or what the host reaches through the same router; undefined: the default route. */
  readonly subnet: string | undefined;
  /** The subnets that the router to it stands in, whose machines that router answers directly. */
  readonly links: readonly string[];
  /** Parts of the subnet that the host reaches by another way, so that answers to them may well pass it. */
  readonly elsewhere: readonly string[];
}

/** Undefined: nobody knows how the host reaches the target. */
export function neighbourhoodOf(facts: HostFacts, address: string): Neighbourhood | undefined {
  const ways = waysTo(facts, address);
  const found = neighbourhoods.get(ways) ?? around(ways, facts);
  if (found !== undefined) neighbourhoods.set(ways, found);
  return found;
}

/** Of all targets that one route leads to. */
const neighbourhoods = new WeakMap<readonly Way[], Neighbourhood>();

function around(ways: readonly Way[], facts: HostFacts): Neighbourhood | undefined {
  const [first] = ways;
  if (first === undefined) return undefined;
  if (first.via === undefined) return { routed: false, subnet: first.prefix, links: [], elsewhere: [] };
  const subnet = isDefault(first) ? undefined : first.prefix;
  const links = [...new Set(ways.flatMap((way) => linksOf(facts, way)))];
  return {
    routed: true,
    subnet,
    links,
    elsewhere: subnet === undefined ? [] : elsewhereIn(subnet, ways, links, facts),
  };
}

/** The subnet that the client shares with the target or with the router to it; undefined: neither. */
export function sharedSubnet({ subnet, links, elsewhere }: Neighbourhood, client: string): string | undefined {
  const link = longestMatch(links, client);
  if (link !== undefined || subnet === undefined) return link;
  return longestMatch([...elsewhere, subnet], client) === subnet ? subnet : undefined;
}

const isDefault = ({ prefix }: Way): boolean => prefix.endsWith('/0');

/**
 * A router is known to be in the subnet of the address that the host calls it by. IPv6 names routers by
 * link-local addresses; then it counts as one in every subnet of that link.
 */
function linksOf(facts: HostFacts, { via = '', interface: name }: Way): string[] {
  const prefixes = facts.onLink.filter((route) => route.interface === name).map(({ prefix }) => prefix);
  if (isLinkLocal(via)) return prefixes.filter((prefix) => prefix.includes(':') && !isLinkLocal(addressOf(prefix)));
  const link = longestMatch(prefixes, via);
  return link === undefined ? [] : [link];
}

const addressOf = (prefix: string): string => prefix.split('/')[0] ?? '';

function elsewhereIn(subnet: string, ways: readonly Way[], links: readonly string[], facts: HostFacts): string[] {
  const others = allWays(facts).filter(({ via, prefix }) => {
    const sameRouter = via !== undefined && ways.some((way) => way.via === via);
    return !sameRouter && prefix !== subnet && !links.includes(prefix) && isWithin(prefix, subnet);
  });
  return [...new Set(others.map(({ prefix }) => prefix))];
}
