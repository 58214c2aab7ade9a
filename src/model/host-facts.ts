import { broadcastOf, isLoopback, longestMatch } from './address.ts';
import { enabledForwards, type Family, type Forward, type Model } from './model.ts';

/**
 * What portfwd has to know of the machine. Read by the host room, written by `portfwd facts`,
 * taken as an argument by everything else.
 */
export interface HostFacts {
  readonly version: 1;
  /** Every address of every interface, as `ip address` lists them. */
  readonly addresses: readonly HostAddress[];
  /** Routes without a gateway: what the host reaches directly, and where. */
  readonly onLink: readonly OnLinkRoute[];
  /** Routes through a router; several of one prefix share the load. Facts of an older portfwd know none. */
  readonly routed?: readonly RoutedPrefix[] | undefined;
  /** Whether the host routes, by somebody else's doing: what portfwd itself turned on does not count. */
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

/** The target is this host itself. */
export const isLocal = (facts: HostFacts, address: string): boolean =>
  isLoopback(address) || localAddresses(facts).has(address);

/** The first forward of each family that needs the host to route and finds that it does not. */
export function forwardsInNeedOfRouting(model: Model, facts: HostFacts): Forward[] {
  const routed = enabledForwards(model).filter(({ target }) => !isLocal(facts, target.address));
  return (['ip', 'ip6'] as const)
    .filter((family) => !facts.forwarding[family])
    .map((family) => routed.find((forward) => forward.family === family))
    .filter((forward) => forward !== undefined);
}

/** The families for which portfwd turns routing on, since the model asks for it. */
export const forwardingByUs = (model: Model, facts: HostFacts): Family[] =>
  model.forwarding === 'enable' ? forwardsInNeedOfRouting(model, facts).map(({ family }) => family) : [];

/** What the kernel delivers to a whole subnet of this host, and to no single machine. */
export const isBroadcast = (facts: HostFacts, address: string): boolean =>
  broadcastAddresses(facts).has(address) && !localAddresses(facts).has(address);

/** Where the host reaches an address, as far as its routes are known. */
export function egressIn({ onLink, routed = [] }: HostFacts, address: string): string | undefined {
  const routes = [...onLink, ...routed];
  const prefix = longestMatch(
    routes.map((route) => route.prefix),
    address,
  );
  return routes.find((route) => route.prefix === prefix)?.interface;
}

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
