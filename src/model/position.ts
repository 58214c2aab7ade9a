import { isMap, isScalar, isSeq, type Document } from 'yaml';
import type { Finding, ModelPath } from '../finding/finding.ts';

/** Both count from 1; columns in UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type Locate = (place: Pick<Finding, 'path'> & Partial<Finding>) => Position;

/** Where a path stands in the text; a path that is not there stands where its nearest parent stands. */
export function locatorOf(text: string, document: Document | undefined): Locate {
  let starts: readonly number[] | undefined;
  return ({ path, offset, code }) => {
    starts ??= lineStarts(text);
    return positionOf(starts, offset ?? offsetOfPath(document?.contents, path, code === 'model/unknown-key'));
  };
}

function offsetOfPath(root: unknown, path: ModelPath, atKey: boolean): number {
  let node = root;
  let offset = rangeStart(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const child = childOf(node, step);
    node = child.value;
    const start = rangeStart(atKey && index === path.length - 1 ? child.key : node);
    if (start === undefined) break;
    offset = start;
  }
  return offset;
}

function childOf(node: unknown, step: string | number): { readonly key?: unknown; readonly value?: unknown } {
  if (isSeq(node)) return typeof step === 'number' ? { value: node.items[step] } : {};
  if (!isMap(node)) return {};
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === step) ?? {};
}

const rangeStart = (node: unknown): number | undefined =>
  (node as { range?: [number, number, number] | null } | null | undefined)?.range?.[0];

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function positionOf(starts: readonly number[], offset: number): Position {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}
