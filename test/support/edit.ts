import { addForward } from '../../src/edit/add-forward.ts';
import { bytesOf, openEditable, type Editable, type Refused } from '../../src/edit/editable.ts';
import { removeForwards } from '../../src/edit/remove-forwards.ts';
import { setKeys, type KeyChange } from '../../src/edit/set-keys.ts';
import type { Item } from '../../src/edit/value-text.ts';

/** A text after an edit; where it was refused, the codes of why. */
export const added = (text: string | undefined, forward: Item): string =>
  changedText(text, (file) => addForward(file, forward));

export const removed = (text: string, ...indexes: readonly number[]): string =>
  changedText(text, (file) => removeForwards(file, new Set(indexes)));

export const set = (text: string, index: number, ...changes: readonly KeyChange[]): string =>
  changedText(text, (file) => setKeys(file, index, changes));

export function changedText(text: string | undefined, edit: (file: Editable) => Editable | Refused): string {
  const opened = openEditable(text === undefined ? undefined : new TextEncoder().encode(text));
  const result = 'findings' in opened ? opened : edit(opened);
  if ('findings' in result) return result.findings.map(({ code }) => code).join(' ');
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytesOf(result));
}
