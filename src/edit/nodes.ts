import { isMap, isPair, isScalar, isSeq, type CST, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';

/** Offset after the last character of a node, without comments and without the last line break of a block scalar. */
export function endOf(node: unknown, text: string): number {
  const last = isCollection(node) && node.flow !== true ? node.items.at(-1) : undefined;
  if (last !== undefined) return endOf(isPair(last) ? (last.value ?? last.key) : last, text);
  const [start = 0, end = 0] = (node as Node | null)?.range ?? [];
  return start + text.slice(start, end).trimEnd().length;
}

export const startOf = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0;

/** The pair with this key. The parser has already refused duplicate keys. */
export const pairOf = (map: unknown, key: string): Pair | undefined =>
  isMap(map) ? map.items.find((pair) => isScalar(pair.key) && pair.key.value === key) : undefined;

/** Offset after the colon of a pair in a block. */
export function afterColon({ srcToken }: Pair): number | undefined {
  const colon = srcToken?.sep?.find(({ type }) => type === 'map-value-ind');
  return colon && colon.offset + 1;
}

/** Offset of the dash of an item. */
export const dashOf = (list: YAMLSeq, index: number): number | undefined =>
  tokensBefore(list, index).find(({ type }) => type === 'seq-item-ind')?.offset;

/** The tokens between an item of a collection and the item before it. */
export const tokensBefore = (collection: YAMLSeq | YAMLMap, index: number): readonly CST.SourceToken[] =>
  (collection.srcToken as CST.BlockSequence | CST.FlowCollection | undefined)?.items[index]?.start ?? [];

const isCollection = (node: unknown): node is YAMLSeq | YAMLMap => isMap(node) || isSeq(node);
