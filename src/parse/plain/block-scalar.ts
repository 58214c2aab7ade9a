import { fold, spacesAtStart } from './fold.ts';
import { NEWLINE, type PlainText } from './text.ts';

/**
 * Reads `|` or `>`, with or without `-`, and the lines below it that are indented deeper than `column`. Undefined if it is
 * unusual: other signs, lines of different indentation, empty lines at the beginning, no line break at the end of the file.
 */
export function readBlockScalar(source: PlainText, column: number): string | undefined {
  HEADER.lastIndex = source.at;
  const [, style, chomp] = HEADER.exec(source.text) ?? [];
  if (style === undefined) return undefined;
  source.at = HEADER.lastIndex;
  const lines = linesBelow(source, column);
  if (lines === undefined) return undefined;
  if (style === '>' && lines.some((line) => /^\t| $/.test(line))) return undefined;
  const text = style === '|' ? lines.join('\n') : fold(lines, -1);
  return chomp === '-' ? text : text && `${text}\n`;
}

const HEADER = /([|>])(-?) *\n/y;

/** Without their indentation, and without empty lines at the end. Goes to the end of the last one. */
function linesBelow(source: PlainText, column: number): string[] | undefined {
  const lines: string[] = [];
  const { text } = source;
  let [indent, count] = [0, 0];
  let at = source.at;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(at, end);
    const spaces = spacesAtStart(line);
    if (spaces < line.length) {
      if (count === 0) indent = spaces;
      if (count === 0 && (spaces <= column || lines.length > 0)) return undefined;
      if (spaces < indent) break;
      if (spaces > indent || end === text.length) return undefined;
      count = lines.length + 1;
    } else if (spaces > indent) return undefined;
    lines.push(line.slice(indent));
    at = end + 1;
  }
  source.at = at - 1;
  lines.length = count;
  return count === 0 || text.charCodeAt(source.at) !== NEWLINE ? undefined : lines;
}
