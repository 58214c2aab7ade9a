import { forwardKeys, rowOf } from '../model/forward-keys.ts';
import { textOf } from '../model/forward-values.ts';
import type { Forward } from '../model/model.ts';

/** The names of the forwards that may have stale flows; a warning names them if the flows could not be ended. */
export function changedForwards(before: readonly Forward[], after: readonly Forward[]): readonly string[] {
  const now = new Set(after.map(meaning));
  const past = new Set(before.map(meaning));
  const gone = before.filter((forward) => !now.has(meaning(forward)));
  const added = after.filter((forward) => forward.protocols.includes('udp') && !past.has(meaning(forward)));
  return [...new Set([...gone, ...added].map(({ name }) => name))];
}

/** Everything that decides where a connection goes: not the name, and not the position in the file. */
const meaning = (forward: Forward): string =>
  JSON.stringify([forward.family, ...MOVING_KEYS.map((key) => textOf(key, forward))]);

const MOVING_KEYS = forwardKeys.filter((key) => rowOf(key).movesConnections === true);
