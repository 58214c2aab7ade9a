import type { ModelPath } from '../finding/finding.ts';
import { LINE, isBlank } from './plain-lines.ts';
import type { Position } from './yaml-position.ts';

/**
 * Finds the positions of paths in a text that `readPlainLines` can read. A missing key has the position of its mapping.
 * The lines are indexed on the first call, because a file can have a finding for every line.
 */
export function plainLinesLocator(text: string): (path: ModelPath, atKey: boolean) => Position {
  let lines: PlainLines | undefined;
  return (path, atKey) => {
    lines ??= indexLines(text);
    const [first, index, key] = path;
    if (first !== 'forwards') return keyPosition(lines.head, first, atKey) ?? lines.head[0]?.at ?? START;
    const item = typeof index === 'number' ? lines.item(index) : [];
    if (item.length > 0) return keyPosition(item, key, atKey) ?? item[0]?.at ?? START;
    return atKey || index !== undefined ? (keyPosition(lines.head, first, atKey) ?? START) : listPosition(lines);
  };
}

interface PlainLine {
  /** The position after the dash. */
  readonly at: Position;
  readonly indent: number;
  readonly rest: string;
}

interface PlainLines {
  /** The top-level keys. */
  readonly head: readonly PlainLine[];
  /** The lines of a forward; empty if there is no such forward. */
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
  const match = isBlank(text) ? null : LINE.exec(text);
  if (match === null) return [];
  const [, space = '', dash = '', rest = ''] = match;
  return [{ at: { line, column: space.length + dash.length + 1 }, indent: space.length, rest }];
}

function keyPosition(lines: readonly PlainLine[], key: ModelPath[number] | undefined, atKey: boolean) {
  const line = key === undefined ? undefined : lines.find(({ rest }) => `${rest} `.startsWith(`${key}: `));
  return line === undefined || atKey ? line?.at : valuePosition(line);
}

const valuePosition = ({ at: { line, column }, rest }: PlainLine): Position => ({
  line,
  column: column + rest.indexOf(':') + 2,
});

/** The list starts at its first dash. */
function listPosition({ item }: PlainLines): Position {
  const [line] = item(0);
  return line === undefined ? START : { line: line.at.line, column: line.indent + 1 };
}

const START: Position = { line: 1, column: 1 };
