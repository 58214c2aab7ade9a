import { isLoopback } from './address.ts';
import { broadcastOf } from './prefix.ts';
import type { RouteLookup } from './route-lookup.ts';
import { enabledForwards, type Family, type Forward, type Model } from './model.ts';

/**
 * What portfwd needs to know about this host. `host` reads it, `portfwd facts` writes it, everything else takes
 * it as an argument.
 */
export interface HostFacts {
  readonly version: 1;
  /** Every address of every interface, as `ip address` lists them. */
  readonly addresses: readonly HostAddress[];
  /** Routes without a gateway: prefixes that the host reaches directly, by interface. */
  readonly onLink: readonly OnLinkRoute[];
  /** Routes with a gateway. Several routes for one prefix are a multipath route. Facts of an older portfwd have none. */
  readonly routed?: readonly RoutedPrefix[] | undefined;
  /** The kernel's answer for each target, if it was asked (with `fibmatch`). It counts more than the prefixes above. */
  readonly lookups?: Readonly<Record<string, RouteLookup>> | undefined;
  /** Whether the host forwards packets. Forwarding that portfwd itself enabled does not count. */
  readonly forwarding: Readonly<Record<Family, boolean>>;
}

interface HostAddress {
  readonly interface: string;
  readonly address: string;
  readonly prefixLength: number;
  /** IPv4 only. */
  readonly broadcast?: string | undefined;
}

interface OnLinkRoute {
  readonly prefix: string;
  readonly interface: string;
}

interface RoutedPrefix extends OnLinkRoute {
  readonly via: string;
}

/** The address is on this host. */
export const isLocal = (facts: HostFacts, address: string): boolean =>
  isLoopback(address) || localAddresses(facts).has(address);

/** For each family in which the host does not forward packets: the first forward that needs it. */
export function forwardsInNeedOfRouting(model: Model, facts: HostFacts): Forward[] {
  const routed = enabledForwards(model).filter(({ target }) => !isLocal(facts, target.address));
  return (['ip', 'ip6'] as const)
    .filter((family) => !facts.forwarding[family])
    .map((family) => routed.find((forward) => forward.family === family))
    .filter((forward) => forward !== undefined);
}

/** The families for which portfwd enables forwarding (`forwarding: enable` in the model). */
export const forwardingByUs = (model: Model, facts: HostFacts): Family[] =>
  model.forwarding === 'enable' ? forwardsInNeedOfRouting(model, facts).map(({ family }) => family) : [];

/** The broadcast address of a subnet of this host. */
export const isBroadcast = (facts: HostFacts, address: string): boolean =>
  broadcastAddresses(facts).has(address) && !localAddresses(facts).has(address);

const known = new WeakMap<HostFacts, ReadonlySet<string>>();

function localAddresses(facts: HostFacts): ReadonlySet<string> {
  const addresses = known.get(facts) ?? new Set(facts.addresses.map(({ address }) => address));
  known.set(facts, addresses);
  return addresses;
}

const broadcasts = new WeakMap<HostFacts, ReadonlySet<string | undefined>>();

function broadcastAddresses(facts: HostFacts): ReadonlySet<string | undefined> {
  const found =
    broadcasts.get(facts) ??
    new Set(
      facts.addresses.flatMap(({ address, prefixLength, broadcast }) => [
        broadcast,
        broadcastOf(address, prefixLength),
      ]),
    );
  broadcasts.set(facts, found);
  return found;
}
