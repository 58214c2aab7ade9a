import { forwardKeys, type ForwardKey } from '../model/forward-keys.ts';
import { comparedKeys, textOf } from '../model/forward-values.ts';
import type { Forward } from '../model/model.ts';
import type { Editable, Refused } from './editable.ts';
import { setKeys, type KeyChange } from './set-keys.ts';
import type { Item, Mapping } from './value-text.ts';
import { mappingOf } from './write-forward.ts';

/** Keys that an equal forward may have besides: they change nothing for traffic. */
const LABELS: ReadonlySet<ForwardKey> = new Set(['name', 'comment']);

/** The forward of the list that is the wanted one. `given`: the keys that were asked for. */
export const sameForward = (
  wanted: Forward,
  given: readonly string[],
  forwards: readonly Forward[],
): Forward | undefined =>
  forwards.find((one) =>
    comparedKeys.every((key) => textOf(key, one) === textOf(key, wanted) || (LABELS.has(key) && !given.includes(key))),
  );

/** The position of the forward that the wanted one takes the place of: that of its name, or else that of its listens. */
export function placeOf(wanted: Forward, forwards: readonly Forward[]): number | undefined {
  const named = forwards.findIndex(({ name }) => name === wanted.name);
  const index = named === -1 ? forwards.findIndex((one) => placeText(one) === placeText(wanted)) : named;
  return index === -1 ? undefined : index;
}

/** Two forwards that differ in nothing of this cannot both be in the file. */
const placeText = (forward: Forward): string =>
  [forward.family, ...(['protocol', 'listen', 'interface'] as const).map((key) => textOf(key, forward))].join(' ');

/** Gives the item at `index` the keys of the wanted one. Its name and its comment stay unless others are wanted. */
export function replaceForward(file: Editable, index: number, wanted: Item): Editable | Refused {
  const [before, after] = [asMapping(file.value.forwards[index]), asMapping(wanted)];
  const stays = (key: ForwardKey): boolean => LABELS.has(key) && after[key] === undefined;
  const changes = forwardKeys
    .filter((key) => !stays(key) && JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key): KeyChange => [key, after[key]]);
  return setKeys(file, index, changes);
}

const asMapping = (item: unknown): Mapping =>
  typeof item === 'string' ? (mappingOf(item) ?? {}) : ((item ?? {}) as Mapping);
