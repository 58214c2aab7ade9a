import type { Service } from './services.ts';

/** One question to the kernel: how does a packet with these properties leave this host? */
export interface RouteQuery {
  readonly to: string;
  /** The source. Without `iif`, it must be an address of this host. */
  readonly from?: string | undefined;
  /** The interface that the packet comes in through. Without it, the host itself sends the packet. */
  readonly iif?: string | undefined;
  /** The interface that a socket of the host is bound to. */
  readonly oif?: string | undefined;
  readonly vrf?: string | undefined;
  readonly mark?: number | undefined;
  readonly service?: Service | undefined;
  /** Asks for the whole route, with its prefix and all next hops, and not for the hop that one packet takes. */
  readonly fibmatch?: boolean | undefined;
}

/** What the kernel answered. */
export type RouteLookup = FoundRoute | { readonly kind: NoRouteKind };

export interface FoundRoute {
  readonly kind: 'unicast' | 'local' | 'broadcast' | 'multicast' | 'anycast';
  /** The prefix of the route with `fibmatch`, otherwise the address that was asked for. */
  readonly prefix: string;
  readonly hops: readonly Hop[];
  /** `main`, `local`, a number, or a name from rt_tables. */
  readonly table: string;
  /** The source that the kernel selects for packets of this host. With `fibmatch`, only if the route has one. */
  readonly prefsrc?: string | undefined;
  /** Only if the route has one, or if the kernel learned a path MTU. Otherwise that of the interface applies. */
  readonly mtu?: number | undefined;
}

/** The route of packets that have a mark when they are routed, or that belong to a service. */
export interface MarkedLookup {
  /** 0: no mark. */
  readonly mark: number;
  /** The interfaces through which such packets come in. Undefined: any. */
  readonly interfaces?: readonly string[] | undefined;
  /** Undefined: it does not matter. Otherwise one example of the services that routing rules treat alike. */
  readonly service?: Service | undefined;
  readonly lookup: RouteLookup;
}

interface Hop {
  readonly interface: string;
  readonly via?: string | undefined;
}

/**
 * - none: no table has a route. Also an `unreachable` routing rule of IPv4.
 * - unreachable, blackhole, prohibit: a route or a routing rule of this type matches.
 * - refused-host: the kernel does not forward the packet. Forwarding is off on `iif`, or the route is missing or unreachable.
 * - refused-source: the kernel drops the packet. rp_filter is strict on `iif`, or the route is a blackhole.
 * - unknown: ip gave no answer, for example because `iif` does not exist.
 */
export type NoRouteKind =
  | 'none'
  | 'unreachable'
  | 'blackhole'
  | 'prohibit'
  | 'refused-host'
  | 'refused-source'
  | 'unknown';

export const isFound = (lookup: RouteLookup | undefined): lookup is FoundRoute =>
  lookup !== undefined && 'hops' in lookup;
