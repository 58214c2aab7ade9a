import { prefixContains } from './address.ts';

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

export const isBroadcast = (facts: HostFacts, address: string): boolean =>
  facts.addresses.some(({ broadcast }) => broadcast === address);

/** The longest prefix without a gateway that holds the address: the neighbours that answer it directly. */
export function onLinkPrefix(facts: HostFacts, address: string): string | undefined {
  let best: { prefix: string; length: number } | undefined;
  for (const { prefix } of facts.onLink) {
    const length = Number(prefix.slice(prefix.indexOf('/') + 1));
    if ((best === undefined || length > best.length) && prefixContains(prefix, address)) best = { prefix, length };
  }
  return best?.prefix;
}

const known = new WeakMap<HostFacts, ReadonlySet<string>>();

function localAddresses(facts: HostFacts): ReadonlySet<string> {
  const addresses = known.get(facts) ?? new Set(facts.addresses.map(({ address }) => address));
  known.set(facts, addresses);
  return addresses;
}
