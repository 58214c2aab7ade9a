import { isFound, type RouteLookup } from '../model/routing/route-lookup.ts';
import type { Header } from './header.ts';

/** What the kernel says of a packet that was not seen after it was routed. */
export interface RoutingFacts {
  /** The route of such a packet. */
  readonly route: RouteLookup | undefined;
  /** The route of a packet that this host itself sends there. */
  readonly own: RouteLookup | undefined;
  /** The route to its sender. */
  readonly back: RouteLookup | undefined;
  /** The value that applies to the interface: 0, 1 (strict) or 2. IPv4 only. */
  readonly rpFilter: number | undefined;
  /** The sysctl that lets packets of this interface be forwarded, and whether it is on. */
  readonly forwarding: { readonly name: string; readonly on: boolean };
}

/** Why the kernel dropped a packet when it was routed; undefined: not known. */
export function whyLost(header: Header, facts: RoutingFacts): string | undefined {
  const { iif = '', saddr, daddr, ttl } = header;
  const { route, own, back, rpFilter, forwarding } = facts;
  if (own?.kind === 'blackhole' || own?.kind === 'prohibit' || own?.kind === 'unreachable')
    return `the route or routing rule for ${daddr} is of the type ${own.kind}`;
  switch (route?.kind) {
    case 'refused-source':
      if (back?.kind === 'local') return `its source ${saddr} is an address of this host`;
      return rpFilter === 1 && !interfacesTo(back).includes(iif)
        ? `rp_filter is strict on ${iif}, and ${wayTo(saddr, back)}`
        : `the kernel refuses packets from ${saddr} that come in through ${iif}`;
    case 'refused-host':
    case 'none':
      return forwarding.on
        ? `the kernel has no route to ${daddr} for packets that come in through ${iif}`
        : `this host does not route packets that come in through ${iif}: ${forwarding.name} is 0`;
    case 'unicast':
      if (!forwarding.on) return `this host does not route: ${forwarding.name} is 0`;
      return ttl === 1 ? 'its TTL is 1, so no host may forward it' : undefined;
    default:
      return undefined;
  }
}

const interfacesTo = (back: RouteLookup | undefined): readonly string[] =>
  isFound(back) ? back.hops.map((hop) => hop.interface) : [];

function wayTo(saddr: string, back: RouteLookup | undefined): string {
  const through = interfacesTo(back);
  return through.length === 0
    ? `this host has no route to ${saddr}`
    : `the route to ${saddr} goes out through ${through.join(', ')}`;
}
