import type { ModelPath } from '../finding/finding.ts';
import { LINE, saysNothing } from './plain-lines.ts';
import type { Position } from './yaml-position.ts';

/**
 * Where paths stand in a text that `readPlainLines` reads; as everywhere, a missing key stands where its mapping
 * does. The text is read once, when the first place is asked for: a file can have a finding for every line.
 */
export function plainLinesLocator(text: string): (path: ModelPath, atKey: boolean) => Position {
  let lines: PlainLines | undefined;
  return (path, atKey) => {
    lines ??= indexLines(text);
    const [first, index, key] = path;
    if (first !== 'forwards') return placeOfKey(lines.head, first, atKey) ?? lines.head[0]?.at ?? START;
    const item = typeof index === 'number' ? lines.item(index) : [];
    if (item.length > 0) return placeOfKey(item, key, atKey) ?? item[0]?.at ?? START;
    return atKey || index !== undefined ? (placeOfKey(lines.head, first, atKey) ?? START) : listPlace(lines);
  };
}

interface PlainLine {
  /** Of what stands behind the dash. */
  readonly at: Position;
  readonly indent: number;
  readonly rest: string;
}

interface PlainLines {
  /** The top-level keys. */
  readonly head: readonly PlainLine[];
  /** The lines of a forward; none where there is no such forward. */
  readonly item: (index: number) => readonly PlainLine[];
}

function indexLines(text: string): PlainLines {
  const lines = text.split('\n');
  const dashes: number[] = [];
  for (const [number, line] of lines.entries()) if (DASH.test(line)) dashes.push(number);
  const between = (from: number, to: number): PlainLine[] =>
    lines.slice(from, to).flatMap((line, index) => plainLine(line, from + index + 1));
  const end = (index: number): number => dashes[index] ?? lines.length;
  return { head: between(0, end(0)), item: (index) => between(end(index), end(index + 1)) };
}

const DASH = /^ *- /;

function plainLine(text: string, line: number): PlainLine[] {
  const match = saysNothing(text) ? null : LINE.exec(text);
  if (match === null) return [];
  const [, space = '', dash = '', rest = ''] = match;
  return [{ at: { line, column: space.length + dash.length + 1 }, indent: space.length, rest }];
}

function placeOfKey(lines: readonly PlainLine[], key: ModelPath[number] | undefined, atKey: boolean) {
  const line = key === undefined ? undefined : lines.find(({ rest }) => `${rest} `.startsWith(`${key}: `));
  return line === undefined || atKey ? line?.at : valuePlace(line);
}

const valuePlace = ({ at: { line, column }, rest }: PlainLine): Position => ({
  line,
  column: column + rest.indexOf(':') + 2,
});

/** The list begins with its first dash. */
function listPlace({ item }: PlainLines): Position {
  const [line] = item(0);
  return line === undefined ? START : { line: line.at.line, column: line.indent + 1 };
}

const START: Position = { line: 1, column: 1 };
