import { bindingsOf, type Binding } from '../model/binding.ts';
import { groupBy } from '../model/group-by.ts';
import type { Forward, PortRange } from '../model/model.ts';
import { indexPorts, type PortIndex } from '../model/port-index.ts';
import type { Mapping } from './read-mappings.ts';

/** A forward that is loaded: its name, if it is known, and where it listens. */
export interface Listening {
  readonly name: string | undefined;
  readonly places: readonly Place[];
}

interface Place {
  /** Family, protocol, and the address or interface; `*` for every address. */
  readonly on: string;
  /** The same on every address. */
  readonly everywhere: string;
  readonly ports: PortRange;
}

/** The forwards that are gone: nothing has their name, and some of their ports is not forwarded any more. */
export function lostForwards(before: readonly Listening[], after: readonly Forward[]): readonly Listening[] {
  const names = namesOf(after);
  const unnamed = before.filter(({ name }) => name === undefined || !names.has(name));
  if (unnamed.length === 0) return [];
  const groups = groupBy(bindingsOf(after).map(placeOfBinding), ({ on }) => on);
  const indexes = new Map([...groups].map(([on, places]) => [on, indexPorts(places, ({ ports }) => ports)]));
  return unnamed.filter(({ places }) => !places.every((place) => isForwarded(place, indexes)));
}

/** Names that are gone. There are at least as many as lost forwards, and they are found faster. */
export function lostNames(before: readonly Forward[], after: readonly Forward[]): number {
  const names = namesOf(after);
  return before.filter(({ name }) => !names.has(name)).length;
}

const namesOf = (forwards: readonly Forward[]): ReadonlySet<string> => new Set(forwards.map(({ name }) => name));

export const listeningForward = (forward: Forward): Listening => ({
  name: forward.name,
  places: bindingsOf([forward]).map(placeOfBinding),
});

/** The mappings that the kernel holds of one forward. */
export function listeningMappings(mappings: readonly Mapping[]): Listening[] {
  const groups = groupBy(mappings, ({ comment, address, listenInterface, ports }) =>
    comment === undefined ? `${address ?? listenInterface ?? ANY} ${ports.first}` : `name ${comment}`,
  );
  return [...groups.values()].map((some) => ({ name: some[0]?.comment, places: some.map(placeOfMapping) }));
}

const ANY = '*';

const placeOfBinding = ({ forward: { family }, protocol, listen }: Binding): Place => ({
  on: `${family} ${protocol} ${listen.address ?? listen.interface ?? ANY}`,
  everywhere: `${family} ${protocol} ${ANY}`,
  ports: listen.ports,
});

const placeOfMapping = ({ family, protocol, address, listenInterface, ports }: Mapping): Place => ({
  on: `${family} ${protocol} ${address ?? listenInterface ?? ANY}`,
  everywhere: `${family} ${protocol} ${ANY}`,
  ports,
});

function isForwarded({ on, everywhere, ports }: Place, indexes: ReadonlyMap<string, PortIndex<Place>>): boolean {
  const found = [...new Set([on, everywhere])].flatMap((key) => [...(indexes.get(key)?.overlapping(ports) ?? [])]);
  let next = ports.first;
  for (const { first, last } of found.map((place) => place.ports).sort((a, b) => a.first - b.first))
    if (first <= next) next = Math.max(next, last + 1);
  return next > ports.last;
}
