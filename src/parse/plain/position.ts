import type { ModelPath } from '../../finding/finding.ts';
import { lineStarts, positionOf, type Locate } from '../position.ts';
import { readPlain, type PlainValue } from './read.ts';

/** Finds the positions of paths in a text that `readPlain` can read. It is read again when the first one is asked for. */
export function plainLocator(text: string): Locate {
  let offsetOf: ((path: ModelPath, atKey: boolean) => number) | undefined;
  let starts: readonly number[] | undefined;
  return ({ path, offset, code }) => {
    offsetOf ??= offsetFinder(text);
    starts ??= lineStarts(text);
    return positionOf(starts, offset ?? offsetOf(path, code === 'model/unknown-key'));
  };
}

/** A path that does not exist has the offset of its nearest parent. */
function offsetFinder(text: string): (path: ModelPath, atKey: boolean) => number {
  const offsets = new Map<object, number[]>();
  const read = readPlain(text, offsets);
  const root: Partial<PlainValue> = typeof read === 'object' ? read : {};
  const indexOf = indexFinder();
  return (path, atKey) => {
    let node: unknown = root.value;
    let offset = root.start ?? 0;
    for (const [depth, step] of path.entries()) {
      if (typeof node !== 'object' || node === null) break;
      const isList = Array.isArray(node);
      const index = isList ? Number(step) : 2 * indexOf(node, `${step}`);
      const wantsKey = atKey && depth === path.length - 1;
      const found = wantsKey && isList ? undefined : offsets.get(node)?.[isList || wantsKey ? index : index + 1];
      if (found === undefined) break;
      offset = found;
      node = (node as Readonly<Record<string, unknown>>)[step];
    }
    return offset;
  };
}

/** Indexes the keys of each mapping once, so that a mapping with many unknown keys is not searched for each of them. */
function indexFinder(): (mapping: object, key: string) => number {
  const indexes = new Map<object, ReadonlyMap<string, number>>();
  return (mapping, key) => {
    const known = indexes.get(mapping) ?? new Map(Object.keys(mapping).map((one, index) => [one, index]));
    indexes.set(mapping, known);
    return known.get(key) ?? Number.NaN;
  };
}
