import { isFound, type RouteLookup } from '../model/routing/route-lookup.ts';
import type { Header } from './header.ts';

/** What the kernel says of a packet that was not seen after it was routed. */
export interface RoutingFacts {
  /** The route of such a packet. */
  readonly route: RouteLookup | undefined;
  /** The route to its sender. */
  readonly back: RouteLookup | undefined;
  /** The value that applies to the interface: 0, 1 (strict) or 2. IPv4 only. */
  readonly rpFilter: number | undefined;
  /** The sysctl that lets packets of this interface be forwarded, and whether it is on. */
  readonly forwarding: { readonly name: string; readonly on: boolean };
}

/** Why the kernel dropped a packet when it was routed; undefined: not known. */
export function whyLost({ iif = '', saddr, daddr, ttl }: Header, facts: RoutingFacts): string | undefined {
  const { route, back, rpFilter, forwarding } = facts;
  if (isFound(route) && ttl === 1 && route.kind !== 'local') return 'its TTL was 1, so it may not be forwarded';
  switch (route?.kind) {
    case 'refused-source':
      return rpFilter === 1
        ? strict(iif, saddr, back)
        : `the kernel refuses packets from ${saddr} to ${daddr} on ${iif}`;
    case 'refused-host':
    case 'unreachable':
    case 'none':
      return forwarding.on
        ? `the kernel has no route to ${daddr} for packets that come in through ${iif}`
        : `this host does not route packets that come in through ${iif}: ${forwarding.name} is 0`;
    case 'prohibit':
    case 'blackhole':
      return `a ${route.kind} route or routing rule forbids packets to ${daddr}`;
    default:
      return undefined;
  }
}

function strict(iif: string, saddr: string, back: RouteLookup | undefined): string {
  const through = isFound(back) ? back.hops.map((hop) => hop.interface).join(', ') : '';
  const why =
    through === '' ? `this host has no route to ${saddr}` : `the route to ${saddr} goes out through ${through}`;
  return `rp_filter is strict on ${iif}, and ${why}`;
}
