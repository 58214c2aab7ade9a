import { isMap, isSeq, type Document, type Pair, type YAMLMap, isScalar } from 'yaml';
import type { ModelPath } from '../finding/finding.ts';
import { lineStarts, positionOf, type Locate } from './position.ts';

/** Finds the position of a path in the text. A path that does not exist has the position of its nearest parent. */
export function locatorOf(text: string, document: Document | undefined): Locate {
  let starts: readonly number[] | undefined;
  const pairIn = pairFinder(text);
  return ({ path, offset, code }) => {
    starts ??= lineStarts(text);
    return positionOf(starts, offset ?? offsetOfPath(document?.contents, path, code === 'model/unknown-key', pairIn));
  };
}

function offsetOfPath(root: unknown, path: ModelPath, atKey: boolean, pairIn: PairFinder): number {
  let node = root;
  let offset = rangeStart(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const child = childOf(node, step, pairIn);
    node = child.value;
    const start = rangeStart(atKey && index === path.length - 1 ? child.key : node);
    if (start === undefined) break;
    offset = start;
  }
  return offset;
}

function childOf(
  node: unknown,
  step: string | number,
  pairIn: PairFinder,
): { readonly key?: unknown; readonly value?: unknown } {
  if (isSeq(node)) return typeof step === 'number' ? { value: node.items[step] } : {};
  return (isMap(node) ? pairIn(node, `${step}`) : undefined) ?? {};
}

type PairFinder = (map: YAMLMap, key: string) => Pair | undefined;

/** Indexes every map once, so that a file with many unknown keys is not searched for each of them. */
function pairFinder(text: string): PairFinder {
  const indexes = new Map<YAMLMap, Map<string, Pair>>();
  return (map, key) => {
    const known = indexes.get(map);
    // In reverse, so that the first of two pairs with the same key wins.
    const index = known ?? new Map([...map.items].reverse().map((pair) => [keyText(pair, text), pair]));
    if (known === undefined) indexes.set(map, index);
    return index.get(key);
  };
}

const rangeStart = (node: unknown): number | undefined =>
  (node as { range?: [number, number, number] | null } | null | undefined)?.range?.[0];

const MAX_LENGTH = 40;

/** The key of a pair as text. A key that is not a scalar is returned as source text, for use in a message. */
export function keyText({ key }: Pair, text: string): string {
  if (isScalar(key)) return String(key.value);
  const range = (key as { range?: [number, number, number] | null } | null)?.range;
  return range ? text.slice(range[0], Math.min(range[1], range[0] + MAX_LENGTH)) : '';
}
