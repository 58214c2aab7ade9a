import type { Finding } from '../finding/finding.ts';
import { arrivalOf } from '../model/routing/arrival.ts';
import { groupBy } from '../model/group-by.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { coversInterface } from '../model/interface-name.ts';
import { isFound } from '../model/routing/route-lookup.ts';
import { lookupTo, routesTo } from '../model/routing/routes.ts';
import { isLoopbackListen, type HostBinding } from './binding.ts';
import { formatForwards } from './name-list.ts';
import type { ForeignTable, Observations } from './observations.ts';

/** The largest packet that an interface, or a route through it, takes. */
interface Limit {
  readonly interface: string;
  readonly mtu: number;
}

/**
 * Packets that are too large for the link to the target come back as ICMP messages, which firewalls often drop. Then
 * small transfers work, and large ones hang. Nothing is said if another program clamps the MSS.
 */
export function diagnoseNarrowTarget(
  bindings: readonly HostBinding[],
  { links, tables = [] }: Observations,
  facts: HostFacts,
): Finding[] {
  if (links === undefined || tables.some(clampsMss)) return [];
  // The MTU of a VRF, and of a port, limits nothing here.
  const receiving = links.filter(({ name }) => arrivalOf(links, name) === undefined);
  const mtus = new Map(receiving.map(({ name, mtu }) => [name, mtu] as const));
  const narrow = bindings.filter(sendsFullSegments).flatMap((binding) => {
    const target = limitTo(binding.forward.target.address, mtus, facts);
    const client = target && widest(clientInterfaces(binding, [...mtus.keys()]), mtus);
    return target === undefined || client === undefined || client.mtu <= target.mtu
      ? []
      : [{ binding, target, client }];
  });
  const groups = groupBy(narrow, ({ target, client }) => JSON.stringify([target, client]));
  return [...groups.values()].flatMap((some) =>
    some.slice(0, 1).map(({ binding, target, client }) => ({
      code: 'host/mtu',
      message: `${target.interface} takes packets of at most ${target.mtu} bytes to the target of ${formatForwards(some.map((one) => one.binding))}, and ${client.interface}, where clients come in, ${client.mtu}: large transfers hang if a firewall on the way drops the ICMP messages that say so`,
      remedy: 'set mss: clamp, for the forward or at the top level of the file',
      path: binding.forward.target.path,
    })),
  );
}

const sendsFullSegments = (binding: HostBinding): boolean =>
  binding.protocol === 'tcp' && binding.forward.mss === 'keep' && !binding.local && !isLoopbackListen(binding);

function limitTo(address: string, mtus: ReadonlyMap<string, number>, facts: HostFacts): Limit | undefined {
  const lookup = lookupTo(facts, address);
  const ofRoute = isFound(lookup) ? lookup.mtu : undefined;
  const limits = routesTo(facts, address).flatMap(({ interface: name }) => {
    const mtu = mtus.get(name);
    return mtu === undefined ? [] : [{ interface: name, mtu: Math.min(mtu, ofRoute ?? mtu) }];
  });
  return limits.sort((a, b) => a.mtu - b.mtu)[0];
}

const widest = (names: readonly string[], mtus: ReadonlyMap<string, number>): Limit | undefined =>
  names.map((name) => ({ interface: name, mtu: mtus.get(name) ?? 0 })).sort((a, b) => b.mtu - a.mtu)[0];

/** As far as the forward itself says; otherwise the uplinks. */
function clientInterfaces({ forward, listen, uplinks }: HostBinding, all: readonly string[]): readonly string[] {
  const patterns = listen.interface === undefined ? forward.interfaces : [listen.interface];
  return patterns.length === 0 ? uplinks : all.filter((name) => patterns.some((one) => coversInterface(one, name)));
}

/** `tcp option maxseg size set …`, or `-j TCPMSS` of iptables. */
const clampsMss = (table: ForeignTable): boolean =>
  table.kind === 'iptables'
    ? table.lines.some((line) => line.includes('-j TCPMSS'))
    : (table.rules ?? []).some(({ expr }) => expr.some(setsMaxseg));

const setsMaxseg = (part: unknown): boolean =>
  (part as { readonly mangle?: { readonly key?: { readonly 'tcp option'?: unknown } } } | null)?.mangle?.key?.[
    'tcp option'
  ] !== undefined;
