import type { Finding } from '../finding/finding.ts';
import { formatPorts, type PortRange } from '../model/model.ts';
import type { HostBinding } from './binding.ts';
import { formatForwards } from './names.ts';
import type { Observations } from './observations.ts';

/**
 * The kernel gives such a port to any program that asks for one, such as a UDP client; what strangers send to
 * that program then goes to the target.
 */
export function diagnoseEphemeralOverlap(bindings: readonly HostBinding[], { localPorts }: Observations): Finding[] {
  if (localPorts === undefined) return [];
  const { range } = localPorts;
  const reserved = merge(localPorts.reserved);
  const inside = bindings.filter(({ listen, protocol }) => protocol !== 'sctp' && overlap(listen.ports, range));
  const parts = new Map(inside.map((binding) => [binding, free(binding.listen.ports, range, reserved)]));
  const met = inside.filter((binding) => (parts.get(binding)?.length ?? 0) > 0);
  const wanted = met.flatMap((binding) => parts.get(binding) ?? []);
  return met.slice(0, 1).map(({ listen }) => ({
    code: 'host/ephemeral-overlap',
    message: `${formatForwards(met)} ${isOne(met) ? 'listens' : 'listen'} on ports that the kernel also gives to programs of this host (${formatPorts(range)})`,
    remedy: remedy(merge([...reserved, ...wanted])),
    path: listen.path,
  }));
}

const isOne = (bindings: readonly HostBinding[]): boolean => new Set(bindings.map(({ forward }) => forward)).size === 1;

const overlap = (a: PortRange, b: PortRange): boolean => a.first <= b.last && b.first <= a.last;

/** The part of the ports that programs can still be given. */
function free(ports: PortRange, range: PortRange, reserved: readonly PortRange[]): PortRange[] {
  const inside = { first: Math.max(ports.first, range.first), last: Math.min(ports.last, range.last) };
  return reserved.reduce<PortRange[]>((left, taken) => left.flatMap((part) => without(part, taken)), [inside]);
}

const without = (part: PortRange, taken: PortRange): PortRange[] =>
  [
    { first: part.first, last: Math.min(part.last, taken.first - 1) },
    { first: Math.max(part.first, taken.last + 1), last: part.last },
  ].filter(({ first, last }) => first <= last);

function merge(ranges: readonly PortRange[]): PortRange[] {
  const merged: PortRange[] = [];
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before.last + 1)
      merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, last) };
    else merged.push({ first, last });
  }
  return merged;
}

/** A command that somebody copies has to be short; the sysctl replaces what was reserved before. */
const LONGEST = 20;

const remedy = (ranges: readonly PortRange[]): string =>
  ranges.length > LONGEST
    ? 'add their ports to the sysctl net.ipv4.ip_local_reserved_ports'
    : `reserve them: sysctl -w net.ipv4.ip_local_reserved_ports=${ranges.map(formatPorts).join(',')}`;
