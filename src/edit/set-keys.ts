import { isMap, isScalar, isSeq, type Scalar } from 'yaml';
import type { ForwardKey } from '../model/forward-keys.ts';
import { edited, type Editable, type Refused } from './editable.ts';
import { isBlockList, stepsBetween } from './list-value.ts';
import { columnOf, lineEnd } from './lines.ts';
import { dashOf, pairOf } from './nodes.ts';
import { pairSplices } from './pair-splices.ts';
import { insertion, type Splice } from './splice.ts';
import { ordered, mappingOf } from './write-forward.ts';
import { itemText, pairText, type Mapping, type Value } from './value-text.ts';

/** Undefined removes the key. */
export type KeyChange = readonly [key: ForwardKey, value: Value | undefined];

/** Sets keys of the item at `index`. Shorthand becomes a mapping. */
export function setKeys(file: Editable, index: number, changes: readonly KeyChange[]): Editable | Refused {
  const item = itemAt(file, index);
  if (isScalar(item)) return fromShorthand(file, index, item, changes);
  // One after the other: each change needs the text that the previous one produced.
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
  const before = mappingOf(String(value));
  if (before === undefined || file.text.slice(from, to).includes('\n')) return edited(file, undefined, []);
  const forward = ordered(changed(before, changes));
  return edited(file, mappingSplices(file, index, [from, to], forward), replaced(file, index, forward));
}

/** A comment after the shorthand stays on its line. */
function mappingSplices(
  { text, root, lineBreak }: Editable,
  index: number,
  [from, to]: readonly [number, number],
  forward: Mapping,
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
  const before = (file.value.forwards[index] as Mapping | undefined)?.[key];
  const inBlock = value !== undefined && isBlockList(pairOf(itemAt(file, index), key)?.value);
  const steps = inBlock && typeof before === 'object' ? stepsBetween(before, value) : undefined;
  return steps?.map((step) => [key, step] as const) ?? [[key, value]];
}

function takeStep(file: Editable, index: number, change: KeyChange): Editable | Refused {
  const item = itemAt(file, index);
  const before = file.value.forwards[index] as Mapping;
  const splices = isMap(item) ? pairSplices(file, item, before[change[0]], change) : undefined;
  return edited(file, splices, replaced(file, index, changed(before, [change])));
}

const changed = (forward: Mapping, changes: readonly KeyChange[]): Mapping => {
  const values = Object.entries({ ...forward, ...Object.fromEntries(changes) });
  return Object.fromEntries(values.filter((pair): pair is [string, Value] => pair[1] !== undefined));
};

const replaced = ({ value: { forwards } }: Editable, index: number, forward: Mapping): readonly unknown[] =>
  forwards.map((item, at) => (at === index ? forward : item));
