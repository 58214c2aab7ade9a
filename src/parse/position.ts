// Apart from yaml-position.ts, which loads the YAML library.
import type { Finding, ModelPath } from '../finding/finding.ts';

/** Lines and columns start at 1. A column is a UTF-16 code unit. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** In a model of several files also the file, unless it is the main one, and the path in that file. */
interface Place extends Position {
  readonly part?: string | undefined;
  readonly path?: ModelPath;
}

export type Locate = (place: Pick<Finding, 'path'> & Partial<Finding>) => Place;

export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

export function positionOf(starts: readonly number[], offset: number): Position {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}
