import { isSeq, type YAMLSeq } from 'yaml';
import { appendItem, removeItems } from './block-list.ts';
import type { Splice } from './splice.ts';
import { valueText, type Value } from './value-text.ts';

type Item = string | number;

/** A list over several lines, as the value of a key. */
export const isInLines = (node: unknown): node is YAMLSeq => isSeq(node) && node.flow !== true;

/**
 * The steps from one list to another, so that what stays keeps its lines and comments: first what goes, then what is
 * new. Undefined where the new one is not what stays and behind it what is new.
 */
export function stepsBetween(before: readonly Item[], value: Value): readonly (readonly Item[])[] | undefined {
  const asBefore = (one: Item): Item => before.find((known) => String(known) === String(one)) ?? one;
  const after = listOf(value).map(asBefore);
  const kept = before.filter((known) => after.includes(known));
  if (kept.length === 0 || kept.some((known, at) => known !== after[at])) return undefined;
  return [kept, after];
}

/** One such step; undefined where it is none. */
export function editInLines(
  text: string,
  list: YAMLSeq,
  [before, after]: readonly [readonly unknown[], readonly Item[]],
  lineBreak: string,
): Splice[] | undefined {
  const gone = before.flatMap((known, index) => ((after as readonly unknown[]).includes(known) ? [] : [index]));
  const kept = before.filter((_, index) => !gone.includes(index));
  const more = after.slice(kept.length);
  if (kept.length === 0 || kept.some((known, at) => known !== after[at])) return undefined;
  if (more.length === 0) return removeItems(text, list, new Set(gone));
  if (gone.length > 0) return undefined;
  return appendItem(text, list, (column) =>
    more.map((one) => `${lineBreak}${' '.repeat(column)}- ${valueText(one, 'block')}`).join(''),
  );
}

const listOf = (value: Value): readonly Item[] =>
  typeof value === 'object' ? value : [typeof value === 'boolean' ? String(value) : value];
