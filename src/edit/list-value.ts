import { isSeq, type YAMLSeq } from 'yaml';
import { appendItem, removeItems } from './block-list.ts';
import type { Splice } from './splice.ts';
import { valueText, type Value } from './value-text.ts';

type ListItem = string | number;

/** A block list: one item on each line. */
export const isBlockList = (node: unknown): node is YAMLSeq => isSeq(node) && node.flow !== true;

/**
 * The steps from one list to another: first remove items, then append. So the remaining items keep their lines and
 * comments. Undefined if the new list is not the remaining items followed by new ones.
 */
export function stepsBetween(before: readonly ListItem[], value: Value): readonly (readonly ListItem[])[] | undefined {
  const asBefore = (one: ListItem): ListItem => before.find((known) => String(known) === String(one)) ?? one;
  const after = listOf(value).map(asBefore);
  const kept = before.filter((known) => after.includes(known));
  if (kept.length === 0 || kept.some((known, at) => known !== after[at])) return undefined;
  return [kept, after];
}

/** The splices for one such step; undefined if it is not one. */
export function editBlockList(
  text: string,
  list: YAMLSeq,
  [before, after]: readonly [readonly unknown[], readonly ListItem[]],
  lineBreak: string,
): Splice[] | undefined {
  const removed = before.flatMap((known, index) => ((after as readonly unknown[]).includes(known) ? [] : [index]));
  const kept = before.filter((_, index) => !removed.includes(index));
  const added = after.slice(kept.length);
  if (kept.length === 0 || kept.some((known, at) => known !== after[at])) return undefined;
  if (added.length === 0) return removeItems(text, list, new Set(removed));
  if (removed.length > 0) return undefined;
  return appendItem(text, list, (column) =>
    added.map((one) => `${lineBreak}${' '.repeat(column)}- ${valueText(one, 'block')}`).join(''),
  );
}

const listOf = (value: Value): readonly ListItem[] =>
  typeof value === 'object' ? value : [typeof value === 'boolean' ? String(value) : value];
