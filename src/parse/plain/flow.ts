import { MAX_DEPTH } from '../decode-text.ts';
import { readQuoted, scalarOf } from './scalar.ts';
import { APOSTROPHE, COLON, COMMA, NEWLINE, QUOTE, SPACE, type PlainText } from './text.ts';

const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_MAPPING = 123;
const CLOSE_MAPPING = 125;
const TAB = 9;

export const opensFlow = (code: number): boolean => code === OPEN_LIST || code === OPEN_MAPPING;

/**
 * Reads `[…]` or `{…}`: JSON, or YAML in flow style. Undefined if anything in it is unusual. Only a collection that is the
 * whole text may have line breaks, since its indentation does not count.
 */
export function readFlow(source: PlainText, isWhole: boolean, depth = 1): object | undefined {
  if (depth > MAX_DEPTH || !source.countValue()) return undefined;
  return source.code() === OPEN_LIST ? readList(source, isWhole, depth) : readMapping(source, isWhole, depth);
}

function readList(source: PlainText, isWhole: boolean, depth: number): unknown[] | undefined {
  const items: unknown[] = [];
  const offsets: number[] | undefined = source.offsets && [];
  source.at += 1;
  if (skip(source, isWhole) === CLOSE_LIST) source.at += 1;
  else
    for (;;) {
      offsets?.push(source.at);
      const item = readValue(source, isWhole, depth);
      if (item === undefined) return undefined;
      items.push(item);
      const code = skip(source, isWhole);
      source.at += 1;
      if (code === CLOSE_LIST) break;
      if (code !== COMMA) return undefined;
      skip(source, isWhole);
    }
  if (offsets !== undefined) source.offsets?.set(items, offsets);
  return items;
}

function readMapping(source: PlainText, isWhole: boolean, depth: number): object | undefined {
  const mapping: Record<string, unknown> = {};
  const offsets: number[] | undefined = source.offsets && [];
  source.at += 1;
  if (skip(source, isWhole) === CLOSE_MAPPING) source.at += 1;
  else
    for (;;) {
      const start = source.at;
      const key = readKey(source);
      if (key === undefined || key in mapping) return undefined;
      skip(source, isWhole);
      offsets?.push(start, source.at);
      const value = readValue(source, isWhole, depth);
      if (value === undefined) return undefined;
      mapping[key] = value;
      const code = skip(source, isWhole);
      source.at += 1;
      if (code === CLOSE_MAPPING) break;
      if (code !== COMMA) return undefined;
      skip(source, isWhole);
    }
  if (offsets !== undefined) source.offsets?.set(mapping, offsets);
  return mapping;
}

/** Reads a key and its colon. */
function readKey(source: PlainText): string | undefined {
  if (source.code() !== QUOTE) return readPlainKey(source);
  const key = readQuoted(source);
  if (key === undefined || !isKey(key) || source.skipSpaces() !== COLON) return undefined;
  source.at += 1;
  return key;
}

/** Reads a key without quotes, its colon and the space after it. Undefined if there is none. */
export function readPlainKey(source: PlainText): string | undefined {
  PLAIN_KEY.lastIndex = source.at;
  const match = PLAIN_KEY.exec(source.text);
  const key = match?.[1];
  if (key === undefined || !isKey(key)) return undefined;
  source.at = PLAIN_KEY.lastIndex;
  return key;
}

const PLAIN_KEY = /([A-Za-z_][\w-]{0,60}):(?=[ \n]|$)/y;

/** Not one that is special in JavaScript, or that YAML does not read as text. A key that is a number would be sorted first. */
export function isKey(key: string): boolean {
  if (seenKeys.has(key)) return true;
  if (!/^[A-Za-z_][\w-]{0,60}$/.test(key) || RESERVED.test(key)) return false;
  if (seenKeys.size < MOST_KEYS) seenKeys.add(key);
  return true;
}

/** Every forward has the same keys. */
const seenKeys = new Set<string>();
const MOST_KEYS = 1000;
const RESERVED = /^(?:__proto__|prototype|true|false|null)$/i;

function readValue(source: PlainText, isWhole: boolean, depth: number): unknown {
  const code = source.code();
  if (opensFlow(code)) return readFlow(source, isWhole, depth + 1);
  if (!source.countValue()) return undefined;
  if (code === QUOTE || code === APOSTROPHE) return readQuoted(source);
  const number = readPort(source);
  if (number !== undefined) return number;
  PLAIN.lastIndex = source.at;
  const text = PLAIN.exec(source.text)?.[0];
  if (text === undefined || text.endsWith(':')) return undefined;
  source.at = PLAIN.lastIndex;
  return scalarOf(text);
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
  if (
    at === start ||
    !(code === COMMA || code === NEWLINE || code === SPACE || code === CLOSE_MAPPING || code === CLOSE_LIST)
  )
    return undefined;
  source.at = at;
  return number;
}

const ZERO = 48;
const NINE = 57;
const PLAIN = /-?[A-Za-z0-9][A-Za-z0-9._:/-]*/y;

/** Skips white space; returns the code of the next character. */
function skip(source: PlainText, isWhole: boolean): number {
  const code = source.skipSpaces();
  return isWhole && (code === NEWLINE || code === TAB) ? skipLines(source) : code;
}

function skipLines(source: PlainText): number {
  let code = source.code();
  while (code === NEWLINE || code === TAB) {
    source.at += 1;
    code = source.skipSpaces();
  }
  return code;
}
