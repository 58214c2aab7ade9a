import { isMap, isSeq, type Pair } from 'yaml';
import { edited, type Editable, type Refused } from './editable.ts';
import { appendItem } from './block-list.ts';
import { appendEntry } from './flow-list.ts';
import { beginsLine, columnOf, lineEnd } from './lines.ts';
import { afterColon, pairOf, startOf } from './nodes.ts';
import { deletion, insertion, type Splice } from './splice.ts';
import { itemText, type Item } from './value-text.ts';

/** Appends a forward to the list. */
export const addForward = (file: Editable, forward: Item): Editable | Refused =>
  edited(file, splicesFor(file, forward), [...file.value.forwards, forward]);

function splicesFor(file: Editable, forward: Item): Splice[] | undefined {
  const { text, root, lineBreak } = file;
  if (root === null) return [insertion(text.length, newModel(file, forward))];
  const pair = pairOf(root, 'forwards');
  const style = isMap(root) && root.flow === true ? 'json' : 'flow';
  if (pair === undefined || (pair.value === null && style === 'json')) return undefined;
  const { value } = pair;
  const itemOn = blockItem(file, forward);
  if (!isSeq(value)) return firstItem(file, pair, itemOn);
  if (value.flow !== true) return appendItem(text, value, itemOn);
  const onlyBrackets = style === 'flow' && value.items.length === 0 ? firstItem(file, pair, itemOn) : undefined;
  return onlyBrackets ?? appendEntry(text, value, itemText(forward, style), lineBreak);
}

/** The lines of a new item in a block list. The argument is the column of its dash. */
const blockItem =
  ({ lineBreak }: Editable, forward: Item) =>
  (column: number): string =>
    `${lineBreak}${' '.repeat(column)}- ${itemText(forward, 'block', `${lineBreak}${' '.repeat(column + 2)}`)}`;

function newModel(file: Editable, forward: Item): string {
  const { text, lineBreak } = file;
  const before = text === '' || text.endsWith('\n') ? '' : lineBreak;
  return `${before}version: 1${lineBreak}forwards:${blockItem(file, forward)(2)}${lineBreak}`;
}

/** Adds a block below `forwards:` or `forwards: []`. A comment at the end of that line stays there. */
function firstItem({ text }: Editable, pair: Pair, itemOn: (column: number) => string): Splice[] | undefined {
  const colon = afterColon(pair);
  const key = startOf(pair.key);
  if (colon === undefined || !beginsLine(text, key)) return undefined;
  const brackets = /^[ \t]*(?:\[[ \t]*\])?(?=[ \t]*(?:$|[ \t]#))/.exec(text.slice(colon, lineEnd(text, colon)));
  if (brackets === null) return undefined;
  const [found] = brackets;
  if (isSeq(pair.value) && !found.includes('[')) return undefined;
  return [
    deletion(colon, colon + (found.includes('[') ? found.length : 0)),
    insertion(lineEnd(text, colon), itemOn(columnOf(text, key) + 2)),
  ];
}
