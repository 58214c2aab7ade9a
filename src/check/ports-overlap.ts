import type { Forward, PortRange } from '../model/model.ts';

/**
 * A quick test that is enough for most models: whether any two listens share a port. Listens on different addresses count
 * only if there is also one on every address.
 */
export function portsOverlap(forwards: readonly Forward[]): boolean {
  const isAny = forwards.some(({ listens }) => listens.some(({ address }) => address === undefined));
  const groups = new Map<string, PortRange[]>();
  for (const { family, protocols, listens } of forwards) {
    for (const protocol of protocols) {
      for (const { ports, address = '' } of listens) {
        const key = isAny ? family + protocol : `${protocol} ${address}`;
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
