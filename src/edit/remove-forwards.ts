import { isSeq, type Pair, type YAMLSeq } from 'yaml';
import { edited, type Editable, type Refused } from './editable.ts';
import { removeItems } from './block-list.ts';
import { removeEntries } from './flow-list.ts';
import { afterColon, pairOf } from './nodes.ts';
import { insertion, type Splice } from './splice.ts';

/** Removes items of `forwards`. */
export const removeForwards = (file: Editable, indexes: ReadonlySet<number>): Editable | Refused =>
  edited(
    file,
    splicesFor(file, indexes),
    file.value.forwards.filter((_, index) => !indexes.has(index)),
  );

function splicesFor({ text, root }: Editable, indexes: ReadonlySet<number>): Splice[] | undefined {
  const pair = pairOf(root, 'forwards');
  const list = pair?.value;
  if (pair === undefined || !isSeq(list)) return undefined;
  return list.flow === true ? removeEntries(text, list, indexes) : fromBlock(text, pair, list, indexes);
}

/** A block list cannot be empty: if no item remains, it becomes `[]`. */
function fromBlock(text: string, pair: Pair, list: YAMLSeq, indexes: ReadonlySet<number>): Splice[] | undefined {
  const removals = removeItems(text, list, indexes);
  if (indexes.size < list.items.length) return removals;
  const colon = afterColon(pair);
  return removals && colon === undefined ? undefined : removals && [insertion(colon ?? 0, ' []'), ...removals];
}
