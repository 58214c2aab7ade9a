import type { Finding } from '../finding/finding.ts';
import { arrivalOf } from '../model/routing/arrival.ts';
import { groupBy } from '../model/group-by.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { coversInterface } from '../model/interface-name.ts';
import { isFound } from '../model/routing/route-lookup.ts';
import { lookupTo, type HostRoute } from '../model/routing/routes.ts';
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
  const limitOf = limitsTo(mtus, facts);
  const clientOf = clientLimits(mtus);
  const narrow = bindings.filter(sendsFullSegments).flatMap((binding) => {
    const target = limitOf(binding);
    const client = target && clientOf(binding);
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

type LimitOf = (binding: HostBinding) => Limit | undefined;

/** Targets with the same routes have the same limit, because their routes are from equal answers of the kernel. */
function limitsTo(mtus: ReadonlyMap<string, number>, facts: HostFacts): LimitOf {
  const known = new Map<readonly HostRoute[], Limit | undefined>();
  return ({ routes, forward }) => {
    if (!known.has(routes)) known.set(routes, limitTo(forward.target.address, routes, mtus, facts));
    return known.get(routes);
  };
}

/** Forwards that name the same interfaces have the same clients. */
function clientLimits(mtus: ReadonlyMap<string, number>): LimitOf {
  const known = new Map<string, Limit | undefined>();
  return ({ forward, listen, uplinks }) => {
    const patterns = listen.interface === undefined ? forward.interfaces : [listen.interface];
    const key = patterns.join(' ');
    if (!known.has(key)) known.set(key, widest(clientInterfaces(patterns, uplinks, [...mtus.keys()]), mtus));
    return known.get(key);
  };
}

function limitTo(
  address: string,
  routes: readonly HostRoute[],
  mtus: ReadonlyMap<string, number>,
  facts: HostFacts,
): Limit | undefined {
  const lookup = lookupTo(facts, address);
  const ofRoute = isFound(lookup) ? lookup.mtu : undefined;
  const limits = routes.flatMap(({ interface: name }) => {
    const mtu = mtus.get(name);
    return mtu === undefined ? [] : [{ interface: name, mtu: Math.min(mtu, ofRoute ?? mtu) }];
  });
  return limits.sort((a, b) => a.mtu - b.mtu)[0];
}

const widest = (names: readonly string[], mtus: ReadonlyMap<string, number>): Limit | undefined =>
  names.map((name) => ({ interface: name, mtu: mtus.get(name) ?? 0 })).sort((a, b) => b.mtu - a.mtu)[0];

/** As far as the forward itself says; otherwise the uplinks. */
const clientInterfaces = (
  patterns: readonly string[],
  uplinks: readonly string[],
  all: readonly string[],
): readonly string[] =>
  patterns.length === 0 ? uplinks : all.filter((name) => patterns.some((one) => coversInterface(one, name)));

/** `tcp option maxseg size set …`, or `-j TCPMSS` of iptables. */
const clampsMss = (table: ForeignTable): boolean =>
  table.kind === 'iptables'
    ? table.lines.some((line) => line.includes('-j TCPMSS'))
    : (table.rules ?? []).some(({ expr }) => expr.some(setsMaxseg));

const setsMaxseg = (part: unknown): boolean =>
  (part as { readonly mangle?: { readonly key?: { readonly 'tcp option'?: unknown } } } | null)?.mangle?.key?.[
    'tcp option'
  ] !== undefined;
