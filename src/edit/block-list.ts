import type { YAMLSeq } from 'yaml';
import { beginsLine, columnOf, commentsAbove, commentsBelow, nextLine } from './lines.ts';
import { dashOf, endOf } from './nodes.ts';
import { deletion, insertion, type Splice } from './splice.ts';

/**
 * A new last item, on lines of its own as `itemOn` writes it for a column. What follows the last item and is indented deeper is still
 * about that item.
 */
export function appendItem(text: string, list: YAMLSeq, itemOn: (column: number) => string): Splice[] | undefined {
  const dash = dashOf(list, list.items.length - 1);
  if (dash === undefined) return undefined;
  const column = columnOf(text, dash);
  return [insertion(commentsBelow(text, endOf(list, text), column), itemOn(column))];
}

/** The lines of these items, with the comments directly above each. */
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
