import { sysctlName } from '../../diagnose/printed-command.ts';
import { FORWARDING, isWithoutIpv6 } from '../../host/observe/forwarding.ts';
import { forwardingPath } from '../../model/routing/forwarding.ts';
import type { PacketMarks } from '../../diagnose/marks/packet-marks.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { serviceOf } from '../../model/routing/services.ts';
import { isFound, type RouteLookup, type RouteQuery } from '../../model/routing/route-lookup.ts';
import type { Packet, Route } from '../../simulate/packet.ts';
import type { Simulation } from '../../simulate/simulate.ts';
import type { Session } from '../session.ts';

/** A question to the kernel about one connection, and the answer. */
export interface AskedRoute {
  readonly query: RouteQuery;
  readonly lookup: RouteLookup;
  /** A clause, if the kernel does not route what comes in through the interface. */
  readonly closed?: string | undefined;
}

/**
 * How the kernel routes the translated packet: several answers if it is not known which mark the packet has, and the mark
 * decides. Routing rules can also depend on the source and the interface. Nothing is asked if the facts are not those of a
 * live host.
 */
export async function askWays(
  { path, protocol, source, iifname }: Packet,
  { destination: { address, port }, local }: Simulation,
  { lookups, ruleServices }: HostFacts,
  marks: PacketMarks,
  session: Session,
): Promise<readonly AskedRoute[]> {
  if (lookups === undefined || local || (path === 'incoming' && iifname === undefined)) return [];
  const service = ruleServices === undefined ? undefined : serviceOf(protocol, port, 'dport');
  const query = { to: address, ...(path === 'own' ? {} : { from: source, iif: iifname }), service };
  return askEach(
    marks.forward.map((mark) => withMark(query, mark)),
    session,
  );
}

/** The same for the reply of the target to the client. One to an address of this host arrives in any case. */
export async function askReplies(
  { path, protocol, source }: Packet,
  ways: readonly Simulation[],
  { ruleServices }: HostFacts,
  marks: PacketMarks,
  session: Session,
): Promise<readonly AskedRoute[]> {
  if (path === 'own') return [];
  const kept = ways.filter(({ masqueraded, local }) => !masqueraded && !local);
  const queries = kept.flatMap(({ destination: { address, port }, oifname: iif }) => {
    const service = ruleServices === undefined ? undefined : serviceOf(protocol, port, 'sport');
    if (iif === undefined) return [];
    return marks.reply(iif).map((mark) => withMark({ to: source, from: address, iif, service }, mark));
  });
  return askEach(queries, session);
}

const withMark = (query: RouteQuery, mark: number): RouteQuery => (mark === 0 ? query : { ...query, mark });

/** Marks that change nothing are left out. */
async function askEach(queries: readonly RouteQuery[], session: Session): Promise<AskedRoute[]> {
  const asked: AskedRoute[] = [];
  for (const query of queries) asked.push(await ask(query, session));
  const answers = asked.map(({ query: { iif }, lookup }) => JSON.stringify([iif, lookup]));
  return asked.filter((_, index) => answers.indexOf(answers[index] ?? '') === index);
}

async function ask(query: RouteQuery, { host }: Session): Promise<AskedRoute> {
  const [lookup = { kind: 'unknown' } as const] = await host.routeLookups([{ ...query, fibmatch: true }]);
  return { query, lookup, closed: closedText(query, lookup, host) };
}

/** IPv4 decides by interface, and the answer tells whether it forwards. In IPv6, the answer does not depend on it. */
function closedText({ to, iif }: RouteQuery, { kind }: RouteLookup, { sysctl }: Session['host']): string | undefined {
  if (iif === undefined) return undefined;
  const isOff = (path: string): boolean => (sysctl.read(path) ?? '0') === '0';
  if (to.includes(':')) {
    if (isWithoutIpv6(sysctl.read)) return 'the kernel runs without IPv6';
    const isClosed = isOff(FORWARDING.ip6) && isOff(forwardingPath(iif, 'ip6'));
    return isClosed ? `this host does not route IPv6 (${sysctlName(FORWARDING.ip6)} is 0)` : undefined;
  }
  const path = forwardingPath(iif, 'ip');
  return kind === 'refused-host' && isOff(path) ? `${iif} does not route (${sysctlName(path)} is 0)` : undefined;
}

/** The route of the host, corrected by an answer of the kernel. */
export const routeWith =
  (route: Route, asked: AskedRoute | undefined): Route =>
  (address) => {
    const lookup = asked?.query.to === address ? asked.lookup : undefined;
    return isFound(lookup) && lookup.kind === 'unicast'
      ? { ...route(address), oifname: lookup.hops[0]?.interface }
      : route(address);
  };
