import type { HostBinding } from '../diagnose/binding.ts';
import { setsMarks } from '../diagnose/marks/sets-marks.ts';
import { exampleOf } from '../diagnose/replies/clients.ts';
import { STRANGER } from '../diagnose/replies/uplinks.ts';
import { isLinkLocal, isLoopback } from '../model/address.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { isFound, type RouteLookup, type RouteQuery } from '../model/routing/route-lookup.ts';
import { serviceOf } from '../model/routing/services.ts';
import { uplinksOf } from '../model/routing/uplinks.ts';
import type { Case } from './case.ts';
import { clientsOf } from './causes/replies.ts';
import type { Evidence } from './evidence.ts';

/** A question to the kernel: how it routes a packet of a client to the target, or the answer of the target. */
export interface WayQuestion {
  readonly forward: string;
  readonly of: 'request' | 'answer';
  readonly client: string;
  /** The interface of the client. */
  readonly arrival: string;
  /** A connection of this client is known, and it waits. */
  readonly isWaiting: boolean;
  readonly query: RouteQuery;
  /** The same to an address of this host. If it is refused too, the kernel refuses the source. */
  readonly control: RouteQuery | undefined;
}

export interface Way extends WayQuestion {
  /** Why the kernel does not route it. */
  readonly refused: 'blackhole' | 'unreachable' | 'prohibit' | undefined;
  /** The interfaces through which it leaves. */
  readonly leaves: readonly string[];
}

/** Of the clients of a forward, so many are asked about. */
const MAX_CLIENTS = 3;

/** Empty if a packet mark decides and it is not known which one the packets have. */
export function wayQuestions(one: Case, evidence: Evidence): WayQuestion[] {
  const [binding] = one.bindings;
  const { facts, chains = [] } = evidence;
  if (
    binding === undefined ||
    !one.forward.enabled ||
    facts.lookups === undefined ||
    (facts.ruleMarks !== undefined && chains.some(setsMarks))
  )
    return [];
  const ask = facts.ruleServices !== undefined;
  return clientsFor(one, evidence).flatMap((client) => [
    ...requests(binding, client, facts, ask),
    ...answers(binding, client, facts, ask),
  ]);
}

type Client = Pick<WayQuestion, 'client' | 'arrival' | 'isWaiting'>;

/** Those that wait. If there are none: one that could come in through each interface. */
function clientsFor(one: Case, evidence: Evidence): Client[] {
  const { facts } = evidence;
  const { unanswered, half } = clientsOf(one, evidence);
  const waiting = new Map(
    [...unanswered, ...half].flatMap(({ source, destination }) => {
      const arrival = facts.addresses.find(({ address }) => address === destination)?.interface;
      return arrival === undefined ? [] : [[source, { client: source, arrival, isWaiting: true }] as const];
    }),
  );
  if (waiting.size > 0) return [...waiting.values()].slice(0, MAX_CLIENTS);
  return (one.arrivals ?? []).slice(0, MAX_CLIENTS).flatMap((arrival) => {
    const client = exampleFor(one, arrival, facts);
    return client === undefined ? [] : [{ client, arrival, isWaiting: false }];
  });
}

function exampleFor({ forward }: Case, arrival: string, facts: HostFacts): string | undefined {
  const [named] = forward.from;
  if (named !== undefined) return exampleOf(named);
  if ((facts.uplinks ?? []).includes(arrival) && uplinksOf(facts).includes(arrival)) return STRANGER[forward.family];
  const own = facts.addresses.find(
    ({ interface: name, address }) =>
      name === arrival && address.includes(':') === (forward.family === 'ip6') && !isLinkLocal(address),
  );
  const isOwn = (address: string): boolean => facts.addresses.some((entry) => entry.address === address);
  return own && nextTo(own.address).find((address) => !isOwn(address));
}

/** Only the last decimal digits change, so the result is near enough for IPv6, too. */
const nextTo = (address: string): string[] =>
  [1, 2, 3, -1].map((step) => address.replace(/\d+$/, (last) => `${Number(last) + step}`));

function requests(binding: HostBinding, one: Client, facts: HostFacts, ask: boolean): WayQuestion[] {
  const { forward, protocol, targetPorts } = binding;
  if (binding.local) return [];
  const { address } = forward.target;
  const service = ask ? serviceOf(protocol, targetPorts.first, 'dport') : undefined;
  const query = { to: address, from: one.client, iif: one.arrival, service };
  return [{ ...one, forward: forward.name, of: 'request', query, control: toThisHost(query, facts) }];
}

function answers(binding: HostBinding, one: Client, facts: HostFacts, ask: boolean): WayQuestion[] {
  const { forward, protocol, targetPorts } = binding;
  const { address } = forward.target;
  const iif = binding.local ? undefined : binding.routes[0]?.interface;
  if (forward.masquerade === 'always' || isLoopback(address) || (!binding.local && iif === undefined)) return [];
  const service = ask ? serviceOf(protocol, targetPorts.first, 'sport') : undefined;
  const query = { to: one.client, from: address, iif, service };
  return [{ ...one, forward: forward.name, of: 'answer', query, control: toThisHost(query, facts) }];
}

function toThisHost(query: RouteQuery, { addresses }: HostFacts): RouteQuery | undefined {
  const own = addresses.find(
    ({ interface: name, address }) => name === query.iif && address.includes(':') === query.to.includes(':'),
  );
  return own && { ...query, to: own.address };
}

/**
 * The lookups are the answers to `query` and `control`. `isStrict`: rp_filter is strict on the interface that the packet
 * comes in through. It may look at the destination, too, so it is not known then whether the route is a blackhole.
 */
export function wayOf(
  question: WayQuestion,
  lookup: RouteLookup | undefined,
  control: RouteLookup | undefined,
  isStrict: boolean,
  { forwarding }: Evidence,
): Way {
  const { iif, to } = question.query;
  const family = to.includes(':') ? 'ip6' : 'ip';
  const routes = forwarding.interfaces?.find((entry) => entry.interface === iif)?.[family] ?? forwarding[family];
  return {
    ...question,
    refused: refusalOf(lookup, isFound(control) && !isStrict, routes),
    leaves: isFound(lookup) && lookup.kind === 'unicast' ? lookup.hops.map((hop) => hop.interface) : [],
  };
}

/** `routes`: the interface forwards, so the kernel does not refuse everything that comes in there. */
function refusalOf(lookup: RouteLookup | undefined, isSourceRight: boolean, routes: boolean): Way['refused'] {
  switch (lookup?.kind) {
    case 'blackhole':
    case 'unreachable':
    case 'prohibit':
      return lookup.kind;
    case 'none':
      return 'unreachable';
    case 'refused-host':
      return routes ? 'unreachable' : undefined;
    case 'refused-source':
      return isSourceRight ? 'blackhole' : undefined;
    default:
      return undefined;
  }
}
