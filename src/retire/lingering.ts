import type { Forward } from '../model/model.ts';

/** The forwards whose flows would have to be ended: what a warning names when they could not be. */
export function lingering(before: readonly Forward[], after: readonly Forward[]): readonly string[] {
  const now = new Set(after.map(meaning));
  const past = new Set(before.map(meaning));
  const gone = before.filter((forward) => !now.has(meaning(forward)));
  const overtaken = after.filter((forward) => forward.protocols.includes('udp') && !past.has(meaning(forward)));
  return [...new Set([...gone, ...overtaken].map(({ name }) => name))];
}

/** All that decides where a flow goes; neither the name nor the place in the file does. */
const meaning = ({ family, protocols, listens, target, interfaces, from, masquerade, loopback }: Forward): string =>
  JSON.stringify([
    family,
    protocols,
    listens.map(({ address, ports }) => [address, ports.first, ports.last]),
    [target.address, target.ports?.first, target.ports?.last],
    interfaces,
    from.toSorted(),
    masquerade,
    loopback,
  ]);
