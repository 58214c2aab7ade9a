import type { HostFacts } from '../../../model/host-facts.ts';
import type { RouteLookup, RouteQuery } from '../../../model/routing/route-lookup.ts';
import { addressOf, digitsOf, lastDigits } from './address-digits.ts';
import { routeLookups } from './route-lookups.ts';

type Lookups = Readonly<Record<string, RouteLookup>>;

interface Network extends Pick<HostFacts, 'addresses' | 'onLink'> {
  readonly uplinks: readonly string[];
}

/** An address that only a default route matches. No packet is sent there. */
const STRANGER = { ip: '1.2.3.4', ip6: '2600::1' } as const;

/**
 * A routing rule for a source or an incoming interface can send the packets of clients another way than those of this
 * host. So the kernel is also asked about clients that come in through an uplink, and about neighbours of the target and
 * of the router to it.
 */
export async function readClientRoutes(
  lookups: Lookups,
  network: Network,
): Promise<Required<Pick<HostFacts, 'forwarded' | 'neighbours'>>> {
  const links = linksOf(network).filter(({ prefix }) => !prefix.startsWith('fe80:'));
  const forwarded = await readForwarded(lookups, links, network);
  return { forwarded, neighbours: await readNeighbours(lookups, forwarded, links) };
}

interface OnLink {
  readonly prefix: string;
  readonly interface: string;
  readonly first: string;
  readonly last: string;
  /** A machine there next to an address. Undefined: all are this host. */
  readonly near: (digits: string) => string | undefined;
}

function linksOf({ onLink, addresses }: Network): OnLink[] {
  const own = new Set(addresses.map(({ address }) => digitsOf(address)));
  return onLink.map(({ prefix, interface: name }) => {
    const [address = '', length] = prefix.split('/');
    const first = digitsOf(address);
    const last = lastDigits(first, Number(length));
    const near = (digits: string): string | undefined =>
      [1n, -1n, 2n, -2n, 3n, -3n]
        .map((step) => (BigInt(`0x${digits}`) + step).toString(16).padStart(digits.length, '0'))
        .filter((one) => one >= first && one <= last && !own.has(one))
        .map(addressOf)[0];
    return { prefix, interface: name, first, last, near };
  });
}

/** The first route of clients from outside that is not that of this host. */
async function readForwarded(lookups: Lookups, links: readonly OnLink[], { uplinks }: Network): Promise<Lookups> {
  const questions = Object.keys(lookups).flatMap((to) =>
    strangersTo(to, lookups[to], links, uplinks).map((client) => ({ to, fibmatch: true, ...client })),
  );
  const answers = await routeLookups(questions);
  const forwarded: Record<string, RouteLookup> = {};
  for (const [index, { to }] of questions.entries()) {
    const answer = answers[index];
    if (answer?.kind === 'unicast') forwarded[to] ??= answer;
  }
  const others = Object.entries(forwarded).filter(([to, lookup]) => !isSame(lookup, lookups[to]));
  return Object.fromEntries(others);
}

const isSame = (one: RouteLookup, other: RouteLookup | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** If this host itself has no route to the target, clients of any link may have one. */
function strangersTo(
  target: string,
  own: RouteLookup | undefined,
  links: readonly OnLink[],
  uplinks: readonly string[],
): Pick<RouteQuery, 'from' | 'iif'>[] {
  const ofIPv6 = target.includes(':');
  const outside = uplinks.map((iif) => ({ from: STRANGER[ofIPv6 ? 'ip6' : 'ip'], iif }));
  if (own?.kind === 'unicast') return outside;
  const inside = links
    .filter(({ prefix }) => prefix.includes(':') === ofIPv6)
    .map(({ first, interface: iif, near }) => ({ from: near(first), iif }));
  return [...outside, ...inside.filter(({ from }) => from !== undefined)];
}

/** The prefixes from which packets to a target leave through the interface that they come in through. */
async function readNeighbours(
  lookups: Lookups,
  forwarded: Lookups,
  links: readonly OnLink[],
): Promise<Record<string, string[]>> {
  const questions = Object.keys(lookups).flatMap((to) => {
    const digits = digitsOf(to);
    const routers = new Set([lookups[to], forwarded[to]].flatMap(routersOf));
    return links
      .filter((link) => link.first.length === digits.length && (holds(link, digits) || routers.has(link.interface)))
      .map((link) => ({ to, link, from: link.near(holds(link, digits) ? digits : link.first) }));
  });
  const answers = await routeLookups(
    questions.map(({ to, from, link }) => ({ to, from, iif: link.interface, fibmatch: true })),
  );
  const neighbours: Record<string, string[]> = {};
  for (const [index, { to, link, from }] of questions.entries()) {
    const found = (neighbours[to] ??= []);
    const answer = answers[index];
    if (from !== undefined && leavesThrough(link.interface, isKnown(answer) ? answer : lookups[to]))
      found.push(link.prefix);
  }
  return neighbours;
}

const holds = ({ first, last }: OnLink, digits: string): boolean => first <= digits && digits <= last;

const routersOf = (lookup: RouteLookup | undefined): string[] =>
  lookup?.kind === 'unicast' ? lookup.hops.filter(({ via }) => via !== undefined).map((hop) => hop.interface) : [];

/** A host that does not forward packets yet refuses them. */
const isKnown = (answer: RouteLookup | undefined): boolean =>
  answer !== undefined && answer.kind !== 'refused-host' && answer.kind !== 'unknown';

const leavesThrough = (name: string, lookup: RouteLookup | undefined): boolean =>
  lookup?.kind === 'unicast' && lookup.hops.some((hop) => hop.interface === name);
