import { isLinkLocal, isLoopback, isPrivate } from './address.ts';
import type { HostFacts } from './host-facts.ts';

/** The interfaces with a default route or a public address: clients from anywhere come in through them. */
export const uplinksOf = (facts: HostFacts): string[] => [
  ...new Set([
    ...(facts.routed ?? []).filter(({ prefix }) => prefix.endsWith('/0')).map((route) => route.interface),
    ...facts.addresses.map((entry) => entry.interface).filter((name) => hasPublicAddress(name, facts)),
  ]),
];

export const hasPublicAddress = (name: string, { addresses }: HostFacts): boolean =>
  addresses.some((entry) => entry.interface === name && !entry.address.includes(':') && isPublic(entry.address));

const isPublic = (address: string): boolean => !isPrivate(address) && !isLoopback(address) && !isLinkLocal(address);
