import type { PortRange } from '../model/model.ts';

/** Things that hold ports, found again by one of their ports. */
export interface PortIndex<T> {
  readonly at: (port: number) => T[];
}

/**
 * Sorted by first port, with the highest last port so far: a query reads only what can hold the port,
 * in a sound model hardly more than what does.
 */
export function indexPorts<T extends { readonly ports: PortRange }>(items: readonly T[]): PortIndex<T> {
  const sorted = items.toSorted((a, b) => a.ports.first - b.ports.first);
  const reach: number[] = [];
  for (const { ports } of sorted) reach.push(Math.max(reach.at(-1) ?? 0, ports.last));
  return {
    at: (port) => {
      const found: T[] = [];
      for (let at = countUpTo(sorted, port) - 1; at >= 0 && (reach[at] ?? 0) >= port; at -= 1) {
        const item = sorted[at];
        if (item !== undefined && item.ports.last >= port) found.push(item);
      }
      return found;
    },
  };
}

/** How many items begin at `port` or before. */
function countUpTo(sorted: readonly { readonly ports: PortRange }[], port: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.ports.first ?? 0) <= port) low = middle + 1;
    else high = middle;
  }
  return low;
}
