import { isLinkLocal, isLoopback } from '../../model/address.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Family } from '../../model/model.ts';
import { isFound, type FoundRoute, type RouteLookup, type RouteQuery } from '../../model/routing/route-lookup.ts';
import type { Uplink } from '../observations.ts';
import { isDefault } from './clients.ts';

/** An address that only a default route matches. No packet is sent there. */
export const STRANGER: Readonly<Record<Family, string>> = { ip: '1.2.3.4', ip6: '2600::1' };

/** A question about one interface: by which route would it, or a socket on its address, reach a stranger? */
export interface UplinkQuestion {
  readonly family: Family;
  readonly interface: string;
  readonly bySource: boolean;
  readonly query: RouteQuery;
}

export function uplinkQuestions({ addresses }: HostFacts): UplinkQuestion[] {
  const asked = new Map<string, UplinkQuestion>();
  for (const { interface: name, address } of addresses) {
    if (isLoopback(address) || isLinkLocal(address)) continue;
    const family = address.includes(':') ? 'ip6' : 'ip';
    const query = { to: STRANGER[family], fibmatch: true };
    const common = { family, interface: name } as const;
    asked.set(`${family} ${name}`, { ...common, bySource: false, query: { ...query, oif: name } });
    asked.set(`${family} ${name} ${address}`, { ...common, bySource: true, query: { ...query, from: address } });
  }
  return [...asked.values()];
}

/** The answers are in the order of the questions. */
export function readUplinks(questions: readonly UplinkQuestion[], answers: readonly RouteLookup[]): Uplink[] {
  const uplinks = new Map<string, Uplink>();
  for (const [index, { family, interface: name, bySource }] of questions.entries()) {
    const answer = answers[index];
    const hop = isFound(answer) ? defaultHop(answer, name) : undefined;
    if (!isFound(answer) || hop === undefined) continue;
    const key = `${family} ${name}`;
    const table = bySource && answer.table !== 'main' ? answer.table : uplinks.get(key)?.table;
    uplinks.set(key, { family, interface: name, router: hop.via, ...(table === undefined ? {} : { table }) });
  }
  return [...uplinks.values()];
}

/**
 * Interfaces with a default route that the kernel does not select for anything that this host sends, for example because
 * a rule before it has an unreachable one. Clients still come in through them.
 */
export function hiddenUplinks(reached: readonly Uplink[], { routed = [] }: HostFacts): Uplink[] {
  const families = new Set(reached.map(({ family }) => family));
  return routed
    .filter(({ prefix }) => isDefault(prefix))
    .map(({ prefix, interface: name, via }) => ({
      family: prefix.includes(':') ? ('ip6' as const) : ('ip' as const),
      interface: name,
      router: via,
    }))
    .filter(({ family }) => !families.has(family));
}

function defaultHop({ kind, prefix, hops }: FoundRoute, name: string): FoundRoute['hops'][number] | undefined {
  const hop = hops.find((one) => one.interface === name);
  return kind === 'unicast' && (hop?.via !== undefined || isDefault(prefix)) ? hop : undefined;
}
