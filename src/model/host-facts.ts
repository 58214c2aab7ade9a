import { longestMatch } from './address.ts';
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

/** The target is this host itself. */
export const isLocal = (facts: HostFacts, address: string): boolean =>
  address.startsWith('127.') || localAddresses(facts).has(address);

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

export const isBroadcast = (facts: HostFacts, address: string): boolean =>
  facts.addresses.some(({ broadcast }) => broadcast === address);

/** The longest prefix without a gateway that holds the address: the neighbours that answer it directly. */
export function onLinkPrefix(facts: HostFacts, address: string): string | undefined {
  if (facts.onLink.length === 0) return undefined;
  const found = prefixesOf.get(facts) ?? new Map<string, string | undefined>();
  prefixesOf.set(facts, found);
  if (!found.has(address)) {
    const prefixes = facts.onLink.map(({ prefix }) => prefix);
    found.set(address, longestMatch(prefixes, address));
  }
  return found.get(address);
}

/** Where the host reaches it directly. */
export function onLinkInterface(facts: HostFacts, address: string): string | undefined {
  const found = onLinkPrefix(facts, address);
  return facts.onLink.find(({ prefix }) => prefix === found)?.interface;
}

const prefixesOf = new WeakMap<HostFacts, Map<string, string | undefined>>();

const known = new WeakMap<HostFacts, ReadonlySet<string>>();

function localAddresses(facts: HostFacts): ReadonlySet<string> {
  const addresses = known.get(facts) ?? new Set(facts.addresses.map(({ address }) => address));
  known.set(facts, addresses);
  return addresses;
}
