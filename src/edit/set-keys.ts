import { isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { edited, type Editable, type Refused } from './editable.ts';
import { appendEntry, removeEntries } from './flow-list.ts';
import { editInLines, isInLines, stepsBetween } from './list-value.ts';
import type { ForwardKey } from '../model/forward-keys.ts';
import { beginsLine, columnOf, lineEnd, lineStart, nextLine } from './lines.ts';
import { behindColon, dashOf, endOf, pairOf, startOf } from './nodes.ts';
import { deletion, insertion, type Splice } from './splice.ts';
import { ordered, writeInFull } from './write-forward.ts';
import { itemText, pairText, valueText, type InFull, type Style, type Value } from './value-text.ts';

/** Without a value the key goes. */
export type KeyChange = readonly [key: ForwardKey, value: Value | undefined];

/** Sets keys of the item at `index`. One in shorthand is written in full for it. */
export function setKeys(file: Editable, index: number, changes: readonly KeyChange[]): Editable | Refused {
  const item = itemAt(file, index);
  if (isScalar(item)) return fromShorthand(file, index, item, changes);
  // One after the other, each on the text that the one before it left.
  return changes.reduce<Editable | Refused>(
    (now, change) => ('findings' in now ? now : setKey(now, index, change)),
    file,
  );
}

function fromShorthand(
  file: Editable,
  index: number,
  { range, value }: Scalar,
  changes: readonly KeyChange[],
): Editable | Refused {
  const [from = 0, to = 0] = range ?? [];
  const was = writeInFull(String(value));
  if (was === undefined || file.text.slice(from, to).includes('\n')) return edited(file, undefined, []);
  const forward = ordered(changed(was, changes));
  return edited(file, inFull(file, index, [from, to], forward), replaced(file, index, forward));
}

/** A comment behind the shorthand stays on its line. */
function inFull(
  { text, root, lineBreak }: Editable,
  index: number,
  [from, to]: readonly [number, number],
  forward: InFull,
): Splice[] {
  const list = pairOf(root, 'forwards')?.value;
  const isBlock = isSeq(list) && dashOf(list, index) !== undefined;
  if (!isBlock) return [{ from, to, text: itemText(forward, isMap(root) && root.flow === true ? 'json' : 'flow') }];
  const newLine = `${lineBreak}${' '.repeat(columnOf(text, from))}`;
  const [first = '', ...others] = Object.entries(forward).map(([key, value]) => pairText(key, value, 'block'));
  return [{ from, to, text: first }, insertion(lineEnd(text, to), others.map((line) => `${newLine}${line}`).join(''))];
}

function setKey(file: Editable, index: number, change: KeyChange): Editable | Refused {
  return stepsTo(file, index, change).reduce<Editable | Refused>(
    (now, step) => ('findings' in now ? now : takeStep(now, index, step)),
    file,
  );
}

const itemAt = ({ root }: Editable, index: number): unknown => {
  const list = pairOf(root, 'forwards')?.value;
  return isSeq(list) ? list.items[index] : undefined;
};

function stepsTo(file: Editable, index: number, [key, value]: KeyChange): readonly KeyChange[] {
  const before = (file.value.forwards[index] as InFull | undefined)?.[key];
  const inLines = value !== undefined && isInLines(pairOf(itemAt(file, index), key)?.value);
  const steps = inLines && typeof before === 'object' ? stepsBetween(before, value) : undefined;
  return steps?.map((step) => [key, step] as const) ?? [[key, value]];
}

function takeStep(file: Editable, index: number, change: KeyChange): Editable | Refused {
  const item = itemAt(file, index);
  const before = file.value.forwards[index] as InFull;
  const splices = isMap(item) ? splicesFor(file, item, before, change) : undefined;
  return edited(file, splices, replaced(file, index, changed(before, [change])));
}

function splicesFor(file: Editable, item: YAMLMap, before: InFull, [key, value]: KeyChange): Splice[] | undefined {
  const pair = pairOf(item, key);
  const style: Style = item.flow !== true ? 'block' : isQuoted(file, item) ? 'json' : 'flow';
  if (pair === undefined) return value === undefined ? [] : newPair(file, item, pairText(key, value, style));
  const was = before[key];
  if (value !== undefined && typeof value === 'object' && typeof was === 'object' && isInLines(pair.value))
    return (
      editInLines(file.text, pair.value, [was, value], file.lineBreak) ??
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

/** A list over several lines of which nothing stays becomes one behind the colon, where a comment stays. */
function newValue(text: string, pair: Pair, value: string): Splice[] | undefined {
  const node = pair.value;
  const [from, to] = [startOf(node), endOf(node, text)];
  if (!isInLines(node)) return [{ from, to, text: value }];
  const colon = behindColon(pair);
  const dash = dashOf(node, 0);
  if (colon === undefined || dash === undefined || !beginsLine(text, dash)) return undefined;
  return [insertion(colon, ` ${value}`), deletion(lineStart(text, dash), nextLine(text, to))];
}

/** The first of an item stands beside the dash, and what comes next takes its place. */
function withoutPair(text: string, { key, value }: Pair): Splice[] {
  const start = startOf(key);
  const next = nextLine(text, endOf(value, text));
  if (beginsLine(text, start)) return [deletion(lineStart(text, start), next)];
  return [deletion(start, next + (/^\s*/.exec(text.slice(next))?.[0].length ?? 0))];
}

const changed = (forward: InFull, changes: readonly KeyChange[]): InFull => {
  const values = Object.entries({ ...forward, ...Object.fromEntries(changes) });
  return Object.fromEntries(values.filter((pair): pair is [string, Value] => pair[1] !== undefined));
};

const replaced = ({ value: { forwards } }: Editable, index: number, forward: InFull): readonly unknown[] =>
  forwards.map((item, at) => (at === index ? forward : item));
