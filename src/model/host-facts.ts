import { isLoopback } from './address.ts';
import { groupBy } from './group-by.ts';
import { enabledForwards, type Family, type Forward, type Model } from './model.ts';
import { broadcastOf } from './prefix.ts';
import type { MarkedLookup, RouteLookup } from './routing/route-lookup.ts';
import type { RuleService } from './routing/services.ts';

/**
 * What portfwd needs to know about this host. `host` reads it, `portfwd facts` writes it, everything else takes
 * it as an argument.
 */
export interface HostFacts {
  readonly version: 1;
  /** Every address of every interface, as `ip address` lists them. */
  readonly addresses: readonly HostAddress[];
  /** Routes without a gateway of all tables: prefixes that the host reaches directly, by interface. */
  readonly onLink: readonly OnLinkRoute[];
  /**
   * Routes with a gateway: the default routes, and those that matter to a target, or in a facts file all. Several routes
   * for one prefix are a multipath route. Facts of an older portfwd have none.
   */
  readonly routed?: readonly RoutedPrefix[] | undefined;
  /** The interfaces with a default route in any table. */
  readonly uplinks?: readonly string[] | undefined;
  /** The kernel's answer for each target, if it was asked (with `fibmatch`). It counts more than the prefixes above. */
  readonly lookups?: Readonly<Record<string, RouteLookup>> | undefined;
  /** For targets to which routing rules send the packets of clients another way than those of this host. */
  readonly forwarded?: Readonly<Record<string, RouteLookup>> | undefined;
  /** If routing rules tell clients apart: the on-link prefixes whose machines share the link of a target. */
  readonly neighbours?: Readonly<Record<string, readonly string[]>> | undefined;
  /** The packet marks for which routing rules ask. Without such rules, no route depends on a mark. */
  readonly ruleMarks?: readonly number[] | undefined;
  /** The protocols and ports for which routing rules ask. Without such rules, no route depends on them. */
  readonly ruleServices?: readonly RuleService[] | undefined;
  /**
   * For targets to which packets take different routes: by the marks that tables of other programs set, 0 if some packets
   * have none, or by the service.
   */
  readonly marked?: Readonly<Record<string, readonly MarkedLookup[]>> | undefined;
  readonly forwarding: HostForwarding;
}

/** Whether the host forwards packets. Forwarding that portfwd itself turned on does not count. */
interface HostForwarding extends Readonly<Record<Family, boolean>> {
  /** Facts of an older portfwd have none: `ip` then holds for every interface. */
  readonly interfaces?: readonly InterfaceForwarding[] | undefined;
  /** The interfaces that were there when portfwd turned forwarding on. Undefined: it did not yet. */
  readonly before?: readonly string[] | undefined;
  /** The kernel was started without IPv6, so `ip6` is false and there is nothing that could be turned on. */
  readonly withoutIp6?: boolean | undefined;
}

/** Whether what comes in through an interface is forwarded (docs/netfilter.md, fact 34). */
interface InterfaceForwarding {
  readonly interface: string;
  readonly ip: boolean;
  /** IPv6 is forwarded here even if it is off for the host (`force_forwarding`). */
  readonly ip6?: boolean | undefined;
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

/** The kernel handles packets of the family at all. */
export const isPossible = ({ family }: Pick<Forward, 'family'>, { forwarding }: HostFacts): boolean =>
  family === 'ip' || forwarding.withoutIp6 !== true;

/** The addresses that packets are forwarded to. */
export const targetsOf = (model: Model): readonly string[] => [
  ...new Set(enabledForwards(model).map(({ target }) => target.address)),
];

/**
 * The address is on this host. Also one that no interface has, if the kernel takes packets to it as its own. Without facts
 * only loopback addresses are known.
 */
export const isLocal = (facts: HostFacts | undefined, address: string): boolean =>
  isLoopback(address) ||
  (facts !== undefined && (localAddresses(facts).has(address) || facts.lookups?.[address]?.kind === 'local'));

/** The broadcast address of a subnet of this host. */
export const isBroadcast = (facts: HostFacts, address: string): boolean =>
  broadcastAddresses(facts).has(address) && !localAddresses(facts).has(address);

/** The interfaces that have the address. */
export const interfacesWith = (facts: HostFacts, address: string): readonly string[] =>
  localAddresses(facts).get(address) ?? [];

const known = new WeakMap<HostFacts, ReadonlyMap<string, readonly string[]>>();

/** With the interfaces that have them. */
function localAddresses(facts: HostFacts): ReadonlyMap<string, readonly string[]> {
  const addresses =
    known.get(facts) ??
    new Map(
      [...groupBy(facts.addresses, ({ address }) => address)].map(([address, entries]) => [
        address,
        entries.map((entry) => entry.interface),
      ]),
    );
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
