import type { YAMLSeq } from 'yaml';
import { beginsLine, columnOf, commentsAbove, commentsBelow, nextLine } from './lines.ts';
import { dashOf, endOf } from './nodes.ts';
import { deletion, insertion, type Splice } from './splice.ts';

/**
 * Appends an item; `itemOn` returns its lines for the column of the dash. Comments after the last item that are indented
 * deeper belong to that item.
 */
export function appendItem(text: string, list: YAMLSeq, itemOn: (column: number) => string): Splice[] | undefined {
  const dash = dashOf(list, list.items.length - 1);
  if (dash === undefined) return undefined;
  const column = columnOf(text, dash);
  return [insertion(commentsBelow(text, endOf(list, text), column), itemOn(column))];
}

/** Removes the lines of these items and the comments directly above them. */
export function removeItems(text: string, list: YAMLSeq, indexes: ReadonlySet<number>): Splice[] | undefined {
  const splices = [...indexes].map((index) => removal(text, list, index));
  return splices.every((one) => one !== undefined) ? splices : undefined;
}

function removal(text: string, list: YAMLSeq, index: number): Splice | undefined {
  const dash = dashOf(list, index);
  if (dash === undefined || !beginsLine(text, dash)) return undefined;
  const column = columnOf(text, dash);
  const start = commentsAbove(text, dash, (found) => index === 0 || found <= column);
  return deletion(start, nextLine(text, commentsBelow(text, endOf(list.items[index], text), column)));
}
