import { isLinkLocal, isLoopback, isPrivate } from '../address.ts';
import type { HostFacts } from '../host-facts.ts';

/** The interfaces with a default route or a public address: clients from anywhere come in through them. */
export const uplinksOf = (facts: HostFacts): string[] => [
  ...new Set([
    ...defaultLinks(facts),
    ...facts.addresses.map((entry) => entry.interface).filter((name) => hasPublicAddress(name, facts)),
  ]),
];

/** The interfaces with a default route; if there is none, those with a public address. */
export function gatewayLinksOf(facts: HostFacts): string[] {
  const gateways = defaultLinks(facts);
  return [...new Set(gateways.length > 0 ? gateways : uplinksOf(facts))].sort();
}

/** Facts of an older portfwd have only the main table. */
const defaultLinks = ({ uplinks, routed = [] }: HostFacts): readonly string[] =>
  uplinks ?? routed.filter(({ prefix }) => prefix.endsWith('/0')).map((route) => route.interface);

const hasPublicAddress = (name: string, { addresses }: HostFacts): boolean =>
  addresses.some((entry) => entry.interface === name && !entry.address.includes(':') && isPublic(entry.address));

const isPublic = (address: string): boolean => !isPrivate(address) && !isLoopback(address) && !isLinkLocal(address);
