import type { Forward, PortRange } from '../model/model.ts';

/**
 * A quick test that is enough for most models: whether any two listens share a port. Listens on different addresses are
 * compared only if some listen has no address.
 */
export function portsOverlap(forwards: readonly Forward[]): boolean {
  const hasWildcard = forwards.some(({ listens }) => listens.some(({ address }) => address === undefined));
  const groups = new Map<string, PortRange[]>();
  for (const { family, protocols, listens } of forwards) {
    for (const protocol of protocols) {
      for (const { ports, address = '' } of listens) {
        const key = hasWildcard ? family + protocol : `${protocol} ${address}`;
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [ports]);
        else group.push(ports);
      }
    }
  }
  return [...groups.values()].some(anyOverlap);
}

function anyOverlap(ranges: PortRange[]): boolean {
  if (ranges.length < 2) return false;
  let reach = 0;
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    if (first <= reach) return true;
    reach = last;
  }
  return false;
}
