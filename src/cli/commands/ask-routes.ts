import { sysctlName } from '../../diagnose/printed-command.ts';
import { FORWARDING } from '../../host/observe/forwarding.ts';
import { forwardingPath } from '../../model/routing/forwarding.ts';
import type { HostFacts } from '../../model/host-facts.ts';
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
 * How the kernel routes the translated packet, and the reply of the target to the client. Routing rules can depend on both
 * ends and on the interfaces. Nothing is asked if the facts are not those of a live host.
 */
export async function askKernel(
  { path, source, iifname }: Packet,
  { destination: { address }, local, masqueraded, oifname }: Simulation,
  { lookups }: HostFacts,
  session: Session,
): Promise<readonly AskedRoute[]> {
  if (lookups === undefined || local) return [];
  if (path === 'own') return [await ask({ to: address }, session)];
  if (iifname === undefined) return [];
  const forward = await ask({ to: address, from: source, iif: iifname }, session);
  // A reply to an address of this host arrives in any case.
  if (masqueraded) return [forward];
  const iif = isFound(forward.lookup) ? forward.lookup.hops[0]?.interface : oifname;
  return iif === undefined ? [forward] : [forward, await ask({ to: source, from: address, iif }, session)];
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
    const isClosed = isOff(FORWARDING.ip6) && isOff(forwardingPath(iif, 'ip6'));
    return isClosed ? `this host does not route IPv6 (${sysctlName(FORWARDING.ip6)} is 0)` : undefined;
  }
  const path = forwardingPath(iif, 'ip');
  return kind === 'refused-host' && isOff(path) ? `${iif} does not route (${sysctlName(path)} is 0)` : undefined;
}

/** The route of the host, corrected by the answers of the kernel. */
export const routeWith =
  (route: Route, asked: readonly AskedRoute[]): Route =>
  (address) => {
    const lookup = asked.find(({ query }) => query.to === address)?.lookup;
    return isFound(lookup) && lookup.kind === 'unicast'
      ? { ...route(address), oifname: lookup.hops[0]?.interface }
      : route(address);
  };
