import { MAX_DEPTH } from '../decode-text.ts';
import { readKey } from './keys.ts';
import { readQuoted } from './quoted.ts';
import { isPlain, scalarOf } from './scalar.ts';
import { APOSTROPHE, COLON, COMMA, HASH, isBlank, NEWLINE, QUOTE, SPACE, type PlainText } from './text.ts';

const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_MAPPING = 123;
const CLOSE_MAPPING = 125;

export const opensFlow = (code: number): boolean => code === OPEN_LIST || code === OPEN_MAPPING;

/**
 * Reads `[…]` or `{…}`: JSON, or YAML in flow style. Undefined if anything in it is unusual. Further lines must be indented
 * deeper than `column`.
 */
export function readFlow(source: PlainText, column: number, depth = 1): object | undefined {
  if (depth > MAX_DEPTH || !source.countValue()) return undefined;
  return source.code() === OPEN_LIST ? readList(source, column, depth) : readMapping(source, column, depth);
}

function readList(source: PlainText, column: number, depth: number): unknown[] | undefined {
  const items: unknown[] = [];
  const offsets: number[] | undefined = source.offsets && [];
  source.at += 1;
  let code = source.skipLines(column);
  while (code !== CLOSE_LIST) {
    offsets?.push(source.at);
    const item = readValue(source, code, column, depth);
    if (item === undefined) return undefined;
    items.push(item);
    code = afterEntry(source, column, CLOSE_LIST);
  }
  source.at += 1;
  if (offsets !== undefined) source.offsets?.set(items, offsets);
  return items;
}

function readMapping(source: PlainText, column: number, depth: number): object | undefined {
  const mapping: Record<string, unknown> = {};
  const offsets: number[] | undefined = source.offsets && [];
  source.at += 1;
  let key: string | undefined = '';
  let code = source.skipLines(column);
  while (code !== CLOSE_MAPPING) {
    const start = source.at;
    key = Number.isNaN(code) ? undefined : readKey(source, key, true);
    if (key === undefined || key in mapping) return undefined;
    code = source.skipLines(column);
    offsets?.push(start, source.at);
    const value = readValue(source, code, column, depth);
    if (value === undefined) return undefined;
    mapping[key] = value;
    code = afterEntry(source, column, CLOSE_MAPPING);
  }
  source.at += 1;
  if (offsets !== undefined) source.offsets?.set(mapping, offsets);
  return mapping;
}

/** Goes to the next entry, or to the end. Returns the code of the next character; NaN if it is neither. */
function afterEntry(source: PlainText, column: number, close: number): number {
  const code = source.skipLines(column);
  if (code === close) return code;
  if (code !== COMMA) return Number.NaN;
  source.at += 1;
  return source.skipLines(column);
}

/** `code` is that of its first character; NaN if there is none. */
function readValue(source: PlainText, code: number, column: number, depth: number): unknown {
  if (Number.isNaN(code)) return undefined;
  if (opensFlow(code)) return readFlow(source, column, depth + 1);
  if (!source.countValue()) return undefined;
  if (code === QUOTE || code === APOSTROPHE) return readQuoted(source, column);
  return readPort(source) ?? readPlain(source);
}

/** A number of at most five digits before a comma, a bracket or white space. */
function readPort(source: PlainText): number | undefined {
  const { text, at: start } = source;
  let [at, number, code] = [start, 0, text.charCodeAt(start)];
  if (code === ZERO) return undefined;
  while (code >= ZERO && code <= NINE && at - start < 5) {
    number = number * 10 + code - ZERO;
    code = text.charCodeAt((at += 1));
  }
  if (at === start || !(code === COMMA || code === CLOSE_MAPPING || code === CLOSE_LIST || isLineEnd(text, at)))
    return undefined;
  source.at = at;
  return number;
}

/** Text without quotes in one line. */
function readPlain(source: PlainText): unknown {
  const { text, at: start } = source;
  let at = start;
  let code = text.charCodeAt(at);
  while (at < text.length && code !== COMMA && code !== NEWLINE && !isBracket(code)) {
    if (code === COLON && isBlank(text.charCodeAt(at + 1))) return undefined;
    if (code === HASH && text.charCodeAt(at - 1) === SPACE) break;
    code = text.charCodeAt((at += 1));
  }
  const plain = text.slice(start, at).trimEnd();
  source.at = at;
  return isPlain(plain) ? scalarOf(plain) : undefined;
}

const isBracket = (code: number): boolean => opensFlow(code) || code === CLOSE_LIST || code === CLOSE_MAPPING;

/** Only spaces follow in this line, or a comment. */
function isLineEnd(text: string, start: number): boolean {
  let at = start;
  while (text.charCodeAt(at) === SPACE) at += 1;
  const code = text.charCodeAt(at);
  if (code === HASH) return at > start;
  return code === NEWLINE || code === COMMA || code === CLOSE_MAPPING || code === CLOSE_LIST;
}

const ZERO = 48;
const NINE = 57;
