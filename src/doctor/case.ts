import { diagnose } from '../diagnose/diagnose.ts';
import { hostBindingsOf, type HostBinding } from '../diagnose/binding.ts';
import type { Finding } from '../finding/finding.ts';
import { isLinkLocal, isLoopback } from '../model/address.ts';
import { coversInterface } from '../model/interface-name.ts';
import type { Forward } from '../model/model.ts';
import { arrivalOf } from '../model/routing/arrival.ts';
import { uplinksOf } from '../model/routing/uplinks.ts';
import type { Evidence } from './evidence.ts';

/** One forward, and what concerns it. */
export interface Case {
  readonly forward: Forward;
  readonly bindings: readonly HostBinding[];
  /** The target is this host. */
  readonly local: boolean;
  /** What `check` reports of this forward alone. */
  readonly findings: readonly Finding[];
  /** The interfaces through which its clients can come in now. Undefined: the interfaces are not known. */
  readonly arrivals: readonly string[] | undefined;
}

export function caseOf(forward: Forward, evidence: Evidence): Case {
  const { model, facts, seen } = evidence;
  const only = { ...model, forwards: [{ ...forward, enabled: true }] };
  const bindings = hostBindingsOf(only, facts);
  return {
    forward,
    bindings,
    local: bindings[0]?.local ?? false,
    findings: diagnose(only, facts, seen),
    arrivals: arrivalsOf(forward, bindings, evidence),
  };
}

/** As far as the forward itself says; otherwise the uplinks, or every network except that of the target. */
function arrivalsOf(
  forward: Forward,
  bindings: readonly HostBinding[],
  { facts, seen: { links } }: Evidence,
): readonly string[] | undefined {
  if (links === undefined) return undefined;
  const up = links
    .filter(({ name, state }) => name !== 'lo' && state === 'up' && arrivalOf(links, name) === undefined)
    .map(({ name }) => name);
  if (forward.interfaces.length > 0)
    return up.filter((name) => forward.interfaces.some((pattern) => coversInterface(pattern, name)));
  if (forward.listens.every(({ address }) => isLoopback(address ?? ''))) return ['lo'];
  const named = new Set(
    forward.listens.flatMap(({ address, interface: name }) =>
      name === undefined
        ? facts.addresses.filter((entry) => entry.address === address).map((entry) => entry.interface)
        : up.filter((one) => coversInterface(name, one)),
    ),
  );
  if (forward.listens.every((listen) => listen.address !== undefined || listen.interface !== undefined))
    return up.filter((name) => named.has(name));
  const uplinks = up.filter((name) => uplinksOf(facts).includes(name));
  return uplinks.length > 0 ? uplinks : networksOf(up, bindings, facts.addresses);
}

function networksOf(
  up: readonly string[],
  bindings: readonly HostBinding[],
  addresses: Evidence['facts']['addresses'],
): readonly string[] {
  const [binding] = bindings;
  const exits = binding?.local === true ? [] : (binding?.routes.map((route) => route.interface) ?? []);
  const isOf = (address: string): boolean =>
    address.includes(':') === (binding?.forward.family === 'ip6') && !isLinkLocal(address);
  const having = up.filter((name) => addresses.some((entry) => entry.interface === name && isOf(entry.address)));
  const others = having.filter((name) => !exits.includes(name));
  return others.length > 0 ? others : having;
}
