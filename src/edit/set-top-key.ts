import { isMap } from 'yaml';
import { editedTo, type Editable, type Refused } from './editable.ts';
import { columnOf, lineEnd } from './lines.ts';
import { endOf, pairOf, startOf } from './nodes.ts';
import { pairSplices } from './pair-splices.ts';
import { insertion, type Splice } from './splice.ts';
import { pairText, type Value } from './value-text.ts';

/** The keys at the top level of the file that a command can set. */
export const TOP_KEYS = ['forwarding'] as const;

/** Undefined removes the key. */
export type TopKeyChange = readonly [key: (typeof TOP_KEYS)[number], value: string | undefined];

/** Sets a key at the top level. Nothing else in the file changes. */
export function setTopKey(file: Editable, change: TopKeyChange): Editable | Refused {
  const [key, value] = change;
  const { [key]: _, ...others } = file.value;
  const expected = value === undefined ? others : { ...others, [key]: value };
  return editedTo(file, splicesFor(file, change), expected);
}

function splicesFor(file: Editable, [key, value]: TopKeyChange): Splice[] | undefined {
  const { text, root, lineBreak } = file;
  if (root === null)
    return value === undefined ? [] : [insertion(text.length, newModel(file, pairText(key, value, 'block')))];
  if (!isMap(root)) return undefined;
  const version = pairOf(root, 'version');
  if (value === undefined || root.flow === true || pairOf(root, key) !== undefined || version === undefined)
    return pairSplices(file, root, file.value[key] as Value | undefined, [key, value]);
  const indent = ' '.repeat(columnOf(text, startOf(version.key)));
  const line = `${lineBreak}${indent}${pairText(key, value, 'block')}`;
  return [insertion(lineEnd(text, endOf(version.value, text)), line)];
}

function newModel({ text, lineBreak }: Editable, pair: string): string {
  const before = text === '' || text.endsWith('\n') ? '' : lineBreak;
  return `${before}version: 1${lineBreak}${pair}${lineBreak}forwards: []${lineBreak}`;
}
