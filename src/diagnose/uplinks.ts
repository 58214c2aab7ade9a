import type { HostFacts } from '../model/host-facts.ts';

/** The interfaces that lead to everybody: a default route goes out there, or the host has a public address on it. */
export const uplinksOf = (facts: HostFacts): string[] => [
  ...new Set([
    ...(facts.routed ?? []).filter(({ prefix }) => prefix.endsWith('/0')).map((route) => route.interface),
    ...facts.addresses.map((entry) => entry.interface).filter((name) => hasPublicAddress(name, facts)),
  ]),
];

export const hasPublicAddress = (name: string, { addresses }: HostFacts): boolean =>
  addresses.some((entry) => entry.interface === name && !entry.address.includes(':') && !PRIVATE.test(entry.address));

const PRIVATE = /^(10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;
