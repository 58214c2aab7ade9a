import { QUOTE, type PlainText } from './text.ts';

export type Scalar = string | number | boolean;

/** Reads text in quotes. Undefined if it goes on in the next line, or has escapes that JSON does not have. */
export function readQuoted(source: PlainText): string | undefined {
  const isDouble = source.code() === QUOTE;
  const start = source.at + 1;
  source.at = start;
  const end = source.text.indexOf(isDouble ? '"' : "'", start);
  if (end === -1 || end > source.lineEnd()) return undefined;
  if (isDouble && source.hasBackslashBefore(end)) return readEscaped(source, start);
  source.at = end + 1;
  const isWhole = isDouble || source.text[end + 1] !== "'";
  return isWhole ? source.text.slice(start, end) : undefined;
}

function readEscaped(source: PlainText, start: number): string | undefined {
  ESCAPED.lastIndex = start - 1;
  const match = ESCAPED.exec(source.text);
  if (match === null) return undefined;
  source.at = ESCAPED.lastIndex;
  const [text] = match;
  return JSON.parse(text.includes('\\x') ? text.replaceAll(BYTE, '$1\\u00') : text) as string;
}

/** Bounded, because the expression needs memory for each character. */
const ESCAPED = /"(?:[^"\\\n\t]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}|x[\da-fA-F]{2})){0,10000}"/y;
const BYTE = /((?:^|[^\\])(?:\\\\)*)\\x/g;

/** The value of text without quotes. Undefined if it is not clear what every YAML parser makes of it. */
export function scalarOf(text: string): Scalar | undefined {
  const code = text.charCodeAt(0);
  if (code >= ZERO && code <= NINE) return numberOf(text);
  if (!isLetter(code)) return NEGATIVE.test(text) ? Number(text) : undefined;
  if (!WORD.test(text)) return text;
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function numberOf(text: string): string | number | undefined {
  let number = 0;
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return AMBIGUOUS.test(text) ? undefined : text;
    number = number * 10 + digit;
  }
  return text.length > 9 || (text.length > 1 && text.charCodeAt(0) === ZERO) ? undefined : number;
}

const ZERO = 48;
const NINE = 57;

const isLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

const NEGATIVE = /^-[1-9]\d{0,8}$/;
const WORD = /^(?:true|false|null)$/i;
/** What begins with a digit, and the YAML core schema could read as a number. */
const AMBIGUOUS = /^(?:0[ox].*|\d+\.?\d*(?:e[-+]?\d+)?)$/i;
