import type { Pair, YAMLMap } from 'yaml';
import type { Editable } from './editable.ts';
import { appendEntry, removeEntries } from './flow-list.ts';
import { beginsLine, columnOf, lineEnd, lineStart, nextLine } from './lines.ts';
import { editBlockList, isBlockList } from './list-value.ts';
import { afterColon, dashOf, endOf, pairOf, startOf } from './nodes.ts';
import { deletion, insertion, type Splice } from './splice.ts';
import { pairText, valueText, type Style, type Value } from './value-text.ts';

/** The splices that set or remove one key of a forward that is a mapping. `old` is the value before. */
export function pairSplices(
  file: Editable,
  item: YAMLMap,
  old: Value | undefined,
  [key, value]: readonly [string, Value | undefined],
): Splice[] | undefined {
  const pair = pairOf(item, key);
  const style: Style = item.flow !== true ? 'block' : isQuoted(file, item) ? 'json' : 'flow';
  if (pair === undefined) return value === undefined ? [] : newPair(file, item, pairText(key, value, style));
  if (value !== undefined && typeof value === 'object' && typeof old === 'object' && isBlockList(pair.value))
    return (
      editBlockList(file.text, pair.value, [old, value], file.lineBreak) ??
      newValue(file.text, pair, valueText(value, style))
    );
  if (value !== undefined) return newValue(file.text, pair, valueText(value, style));
  return item.flow === true
    ? removeEntries(file.text, item, new Set([item.items.indexOf(pair)]))
    : withoutPair(file.text, pair);
}

const isQuoted = ({ text }: Editable, item: YAMLMap): boolean => text[startOf(item.items[0]?.key)] === '"';

function newPair({ text, lineBreak }: Editable, item: YAMLMap, pair: string): Splice[] {
  if (item.flow === true) return appendEntry(text, item, pair, lineBreak);
  const indent = ' '.repeat(columnOf(text, startOf(item.items[0]?.key)));
  return [insertion(lineEnd(text, endOf(item, text)), `${lineBreak}${indent}${pair}`)];
}

/** A block list of which no item remains becomes a flow list after the colon. A comment after the colon stays. */
function newValue(text: string, pair: Pair, value: string): Splice[] | undefined {
  const node = pair.value;
  const [from, to] = [startOf(node), endOf(node, text)];
  if (!isBlockList(node)) return [{ from, to, text: value }];
  const colon = afterColon(pair);
  const dash = dashOf(node, 0);
  if (colon === undefined || dash === undefined || !beginsLine(text, dash)) return undefined;
  return [insertion(colon, ` ${value}`), deletion(lineStart(text, dash), nextLine(text, to))];
}

/** The first pair of an item is on the line of the dash, so the next pair moves there. */
function withoutPair(text: string, { key, value }: Pair): Splice[] {
  const start = startOf(key);
  const next = nextLine(text, endOf(value, text));
  if (beginsLine(text, start)) return [deletion(lineStart(text, start), next)];
  return [deletion(start, next + (/^\s*/.exec(text.slice(next))?.[0].length ?? 0))];
}
