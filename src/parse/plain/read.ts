import { readBlock } from './block.ts';
import { opensFlow, readFlow } from './flow.ts';
import { ANY_COLUMN, PlainText } from './text.ts';

export interface PlainValue {
  readonly value: object;
  /** The offset of its first character. */
  readonly start: number;
}

/**
 * Reads JSON, and YAML in its usual forms, without the YAML parser, which needs ten times as long. Undefined for everything
 * that is not clear (anchors, unusual numbers, duplicate keys, …): the YAML parser reads that and
 * reports the errors. A property test checks that both return the same. `offsets` is filled with the offsets of the values.
 */
export function readPlain(text: string, offsets?: Map<object, number[]>): PlainValue | 'too many values' | undefined {
  const source = new PlainText(text, offsets);
  const start = /[^ \t\n]/.exec(text)?.index ?? 0;
  const read = opensFlow(text.charCodeAt(start)) ? readWhole(source, start) : readBlock(source);
  return read === undefined && source.isFull() ? 'too many values' : read;
}

function readWhole(source: PlainText, start: number): PlainValue | undefined {
  source.at = start;
  const value = readFlow(source, ANY_COLUMN);
  if (value === undefined) return undefined;
  source.skipLines(ANY_COLUMN);
  return source.at < source.text.length ? undefined : { value, start };
}
