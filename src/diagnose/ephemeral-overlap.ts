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
  const within = bindings.filter(({ listen, protocol }) => protocol !== 'sctp' && overlap(listen.ports, range));
  const parts = new Map(within.map((binding) => [binding, free(binding.listen.ports, range, reserved)]));
  const overlapping = within.filter((binding) => (parts.get(binding)?.length ?? 0) > 0);
  const wanted = overlapping.flatMap((binding) => parts.get(binding) ?? []);
  return overlapping.slice(0, 1).map(({ listen }) => ({
    code: 'host/ephemeral-overlap',
    message: `${formatForwards(overlapping)} ${isOne(overlapping) ? 'listens' : 'listen'} on ports of the ephemeral range (${formatPorts(range)}), which the kernel also gives to programs of this host: such a program would not receive packets from new peers`,
    remedy: remedy(merge([...reserved, ...wanted]), range),
    path: listen.path,
  }));
}

const isOne = (bindings: readonly HostBinding[]): boolean => new Set(bindings.map(({ forward }) => forward)).size === 1;

const overlap = (a: PortRange, b: PortRange): boolean => a.first <= b.last && b.first <= a.last;

/** The part of the ports that the kernel can still give to programs. */
function free(ports: PortRange, range: PortRange, reserved: readonly PortRange[]): PortRange[] {
  return reserved.reduce<PortRange[]>(
    (left, taken) => left.flatMap((part) => without(part, taken)),
    inside(ports, range),
  );
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

/** Of the range, for the connections of this host itself. The kernel seldom looks at every port before it gives up. */
const MIN_SHARE = 0.5;

/** The sysctl replaces the whole list, so the ranges include those that are reserved already. */
function remedy(ranges: readonly PortRange[], range: PortRange): string {
  const left = sizeOf([range]) - sizeOf(ranges.flatMap((one) => inside(one, range)));
  if (left < MIN_SHARE * sizeOf([range]))
    return `listen on ports outside this range; do not reserve them, because that would leave this host ${left === 0 ? 'no port' : `only ${left} of ${sizeOf([range])} ports`} for its own connections`;
  return ranges.length > MAX_RANGES
    ? `reserve these ports: add them to the list of the sysctl ${RESERVED}; or listen on ports outside this range`
    : `${sysctlCommand(RESERVED, ranges.map(formatPorts).join(','))}; or listen on ports outside this range`;
}

const inside = (ports: PortRange, range: PortRange): PortRange[] =>
  overlap(ports, range) ? [{ first: Math.max(ports.first, range.first), last: Math.min(ports.last, range.last) }] : [];

const sizeOf = (ranges: readonly PortRange[]): number =>
  ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);

const RESERVED = 'net.ipv4.ip_local_reserved_ports';
