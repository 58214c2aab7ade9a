import type { ModelPath } from '../finding/finding.ts';
import { LINE, saysNothing } from './plain-lines.ts';
import type { Position } from './position.ts';

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
    const item = typeof index === 'number' ? lines.items[index] : undefined;
    if (item !== undefined) return placeOfKey(item, key, atKey) ?? item[0]?.at ?? START;
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
  /** The lines of each forward. */
  readonly items: readonly (readonly PlainLine[])[];
}

function indexLines(text: string): PlainLines {
  const head: PlainLine[] = [];
  const items: PlainLine[][] = [];
  for (const [number, line] of text.split('\n').entries()) {
    const match = saysNothing(line) ? null : LINE.exec(line);
    if (match === null) continue;
    const [, space = '', dash = '', rest = ''] = match;
    if (dash !== '') items.push([]);
    const at = { line: number + 1, column: space.length + dash.length + 1 };
    (items.at(-1) ?? head).push({ at, indent: space.length, rest });
  }
  return { head, items };
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
function listPlace({ items }: PlainLines): Position {
  const [line] = items[0] ?? [];
  return line === undefined ? START : { line: line.at.line, column: line.indent + 1 };
}

const START: Position = { line: 1, column: 1 };
