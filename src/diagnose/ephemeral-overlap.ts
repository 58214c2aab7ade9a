import type { Finding } from '../finding/finding.ts';
import { formatPorts, type PortRange } from '../model/model.ts';
import type { HostBinding } from './binding.ts';
import { formatForwards } from './name-list.ts';
import type { Observations } from './observations.ts';
import { sysctlCommand } from './printed-command.ts';

/**
 * The kernel may give such a port to a program of this host, such as a UDP client. The forward then takes the packets
 * of new peers from that program.
 */
export function diagnoseEphemeralOverlap(bindings: readonly HostBinding[], { localPorts }: Observations): Finding[] {
  if (localPorts === undefined) return [];
  const { range } = localPorts;
  const reserved = merge(localPorts.reserved);
  const inside = bindings.filter(({ listen, protocol }) => protocol !== 'sctp' && overlap(listen.ports, range));
  const parts = new Map(inside.map((binding) => [binding, free(binding.listen.ports, range, reserved)]));
  const overlapping = inside.filter((binding) => (parts.get(binding)?.length ?? 0) > 0);
  const wanted = overlapping.flatMap((binding) => parts.get(binding) ?? []);
  return overlapping.slice(0, 1).map(({ listen }) => ({
    code: 'host/ephemeral-overlap',
    message: `${formatForwards(overlapping)} ${isOne(overlapping) ? 'listens' : 'listen'} on ports of the ephemeral range (${formatPorts(range)}), which the kernel also gives to programs of this host: such a program would not receive packets from new peers`,
    remedy: remedy(merge([...reserved, ...wanted])),
    path: listen.path,
  }));
}

const isOne = (bindings: readonly HostBinding[]): boolean => new Set(bindings.map(({ forward }) => forward)).size === 1;

const overlap = (a: PortRange, b: PortRange): boolean => a.first <= b.last && b.first <= a.last;

/** The part of the ports that the kernel can still give to programs. */
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

/** A command with more ranges is too long to copy. */
const MAX_RANGES = 20;

/** The sysctl replaces the whole list, so the ranges include those that are reserved already. */
const remedy = (ranges: readonly PortRange[]): string =>
  ranges.length > MAX_RANGES
    ? `reserve these ports: add them to the list of the sysctl ${RESERVED}`
    : sysctlCommand(RESERVED, ranges.map(formatPorts).join(','));

const RESERVED = 'net.ipv4.ip_local_reserved_ports';
