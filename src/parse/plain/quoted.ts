import { fold } from './fold.ts';
import { QUOTE, type PlainText } from './text.ts';

/** Reads text in quotes. Undefined if it has unusual escapes, or goes on in lines that are not indented deeper than `column`. */
export function readQuoted(source: PlainText, column = Number.POSITIVE_INFINITY): string | undefined {
  const isDouble = source.code() === QUOTE;
  const start = source.at + 1;
  source.at = start;
  const end = source.text.indexOf(isDouble ? '"' : "'", start);
  if (end === -1) return undefined;
  const isBare = isDouble ? !source.hasBackslashBefore(end) : source.text[end + 1] !== "'";
  if (isBare && end <= source.lineEnd()) {
    source.at = end + 1;
    return source.text.slice(start, end);
  }
  const quoted = isDouble ? DOUBLE : SINGLE;
  quoted.lastIndex = start - 1;
  const written = quoted.exec(source.text)?.[0].slice(1, -1);
  if (written === undefined) return undefined;
  source.at = quoted.lastIndex;
  const text = written.includes('\n') ? fold(written.split('\n'), column, isDouble) : written;
  return isDouble ? text && unescaped(text) : text?.replaceAll("''", "'");
}

/** Bounded, because the expressions need memory for each character. */
const DOUBLE = /"(?:[^"\\\t]|\\[^\t]){0,10000}"/y;
const SINGLE = /'(?:[^'\t]|''){0,10000}'/y;

function unescaped(text: string): string | undefined {
  let isKnown = true;
  const result = text.replaceAll(ESCAPE, (_, hex?: string, long?: string, longest?: string, sign = '') => {
    const code = hex ?? long ?? longest;
    const character = code === undefined ? SIGNS[sign as string] : characterOf(Number.parseInt(code, 16));
    isKnown &&= character !== undefined;
    return character ?? '';
  });
  return isKnown ? result : undefined;
}

const characterOf = (code: number): string | undefined => (code > 0x10ffff ? undefined : String.fromCodePoint(code));

const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/g;

const SIGNS: Readonly<Record<string, string>> = {
  '"': '"',
  '/': '/',
  '\\': '\\',
  ' ': ' ',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
