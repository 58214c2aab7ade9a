import { isMap, isPair, isScalar, isSeq, type CST, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';

/** Offset behind the last character of a node: no comment, no line break of a block scalar. */
export function endOf(node: unknown, text: string): number {
  const last = isCollection(node) && node.flow !== true ? node.items.at(-1) : undefined;
  if (last !== undefined) return endOf(isPair(last) ? (last.value ?? last.key) : last, text);
  const [start = 0, end = 0] = (node as Node | null)?.range ?? [];
  return start + text.slice(start, end).trimEnd().length;
}

export const startOf = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0;

/** By a key that is plain text; the parser has seen to it that there is one such pair at most. */
export const pairOf = (map: unknown, key: string): Pair | undefined =>
  isMap(map) ? map.items.find((pair) => isScalar(pair.key) && pair.key.value === key) : undefined;

/** Behind the colon of a pair in a block. */
export function behindColon({ srcToken }: Pair): number | undefined {
  const colon = srcToken?.sep?.find(({ type }) => type === 'map-value-ind');
  return colon && colon.offset + 1;
}

/** Where the dash of an item stands. */
export const dashOf = (list: YAMLSeq, index: number): number | undefined =>
  tokensBefore(list, index).find(({ type }) => type === 'seq-item-ind')?.offset;

/** What stands before an item of a collection, since the one before it. */
export const tokensBefore = (collection: YAMLSeq | YAMLMap, index: number): readonly CST.SourceToken[] =>
  (collection.srcToken as CST.BlockSequence | CST.FlowCollection | undefined)?.items[index]?.start ?? [];

const isCollection = (node: unknown): node is YAMLSeq | YAMLMap => isMap(node) || isSeq(node);
