import { lostForwards, lostNames } from '../../compare/lost-forwards.ts';
import { Failure } from '../../failure/failure.ts';
import { enabledForwards } from '../../model/model.ts';
import type { Change, ChangeRequest } from '../change.ts';
import type { Loaded } from '../read/loaded-forwards.ts';
import { parseBytes } from '../read/read-model.ts';

/** So many forwards have to be loaded. */
const FEWEST = 10;

/**
 * An empty or shortened file, as a broken generator writes it, would remove nearly everything. What an edit removes
 * from the file is meant; what was missing in the file before counts. Throws `many-removals`.
 */
export async function requireFewRemovals(
  { removals = 'in the file', allowRemovals = false }: ChangeRequest,
  { model, edited, ruleset }: Pick<Change, 'model' | 'edited' | 'ruleset'>,
  loaded: Loaded,
): Promise<void> {
  if (removals === 'meant' || allowRemovals === true || allowRemovals === ruleset.marker) return;
  const after = enabledForwards(model);
  const { forwards } = loaded;
  if (forwards !== undefined && !isTooMany(lostNames(forwards, after), forwards.length)) return;
  const before = loaded.listening();
  if (!isTooMany(lostForwards(before, after).length, before.length)) return;
  const file = removals === 'before the edit' && edited ? await forwardsIn(edited.was) : after;
  const lost = lostForwards(before, file).length;
  if (isTooMany(lost, before.length)) throw manyRemovals(lost, forwards?.length);
}

const isTooMany = (lost: number, all: number): boolean => all >= FEWEST && lost > all / 2;

async function forwardsIn(text: Uint8Array | undefined): Promise<ReturnType<typeof enabledForwards>> {
  const { model } = text === undefined ? {} : await parseBytes(text);
  return model === undefined ? [] : enabledForwards(model);
}

/** Without a record, the kernel does not show which of its elements are one forward. */
const manyRemovals = (lost: number, all: number | undefined): Failure =>
  new Failure(
    'many-removals',
    all === undefined
      ? 'this would remove more than half of the forwards that are loaded'
      : `this would remove ${lost} of the ${all} forwards that are loaded`,
    'check the file; if they are to be removed, run the command again with --allow-removals',
  );
