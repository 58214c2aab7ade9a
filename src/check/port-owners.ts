import type { PortRange } from '../model/model.ts';

/** The first owner of each port. */
export interface PortOwners<T> {
  /** The owners of these ports, without duplicates, at most `max`. */
  readonly ownersOf: (ports: PortRange, max: number) => T[];
  /** Assigns the ports that have no owner yet. */
  readonly take: (ports: PortRange, owner: T) => void;
}

/** `owned` and `taken` are sorted and without overlaps, so that many listens on the same port do not make a query slower. */
export function portOwners<T>(): PortOwners<T> {
  const owned: (PortRange & { readonly owner: T })[] = [];
  const taken: PortRange[] = [];
  return {
    ownersOf: ({ first, last }, max) => {
      const owners = new Set<T>();
      for (let at = firstReaching(owned, first); at < owned.length && owners.size < max; at += 1) {
        const piece = owned[at];
        if (piece === undefined || piece.first > last) break;
        owners.add(piece.owner);
      }
      return [...owners];
    },
    take: (ports, owner) => {
      for (const gap of fill(taken, ports)) owned.splice(firstReaching(owned, gap.first), 0, { ...gap, owner });
    },
  };
}

/** Adds the ports to `taken`, merged with the ranges that they overlap. Returns the parts that were free before. */
function fill(taken: PortRange[], { first, last }: PortRange): PortRange[] {
  const start = firstReaching(taken, first);
  let end = start;
  for (let next = taken[end]; next !== undefined && next.first <= last; next = taken[end]) end += 1;
  const met = taken.slice(start, end);
  const ends = [first - 1, ...met.map((range) => range.last)];
  const starts = [...met.map((range) => range.first), last + 1];
  const whole = { first: Math.min(first, met[0]?.first ?? first), last: Math.max(last, met.at(-1)?.last ?? last) };
  taken.splice(start, met.length, whole);
  return ends
    .map((before, index) => ({ first: before + 1, last: (starts[index] ?? 0) - 1 }))
    .filter((gap) => gap.first <= gap.last);
}

/** The index of the first range that ends at `port` or higher. */
function firstReaching(ranges: readonly PortRange[], port: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.last ?? 0) >= port) high = middle;
    else low = middle + 1;
  }
  return low;
}
