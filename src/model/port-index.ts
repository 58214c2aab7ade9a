import type { PortRange } from './model.ts';

/** Finds items by port range. */
export interface PortIndex<T> {
  /** The items whose ports overlap these. */
  readonly overlapping: (ports: PortRange) => Iterable<T>;
}

/**
 * The items are sorted by first port. With each goes the highest last port up to it, so that a query can stop at the
 * first item before which nothing overlaps. Results are produced only as far as the caller reads them.
 */
export function indexPorts<T>(items: readonly T[], portsOf: (item: T) => PortRange): PortIndex<T> {
  const sorted = [...items].sort((a, b) => portsOf(a).first - portsOf(b).first);
  const reach: number[] = [];
  for (const item of sorted) reach.push(Math.max(reach.at(-1) ?? 0, portsOf(item).last));
  return {
    *overlapping({ first, last }) {
      for (let at = countUpTo(sorted, portsOf, last) - 1; at >= 0 && (reach[at] ?? 0) >= first; at -= 1) {
        const item = sorted[at];
        if (item !== undefined && portsOf(item).last >= first) yield item;
      }
    },
  };
}

/** How many items begin at `port` or lower. */
function countUpTo<T>(sorted: readonly T[], portsOf: (item: T) => PortRange, port: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = sorted[middle];
    if (item !== undefined && portsOf(item).first <= port) low = middle + 1;
    else high = middle;
  }
  return low;
}
