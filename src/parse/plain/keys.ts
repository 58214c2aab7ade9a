import { readQuoted } from './quoted.ts';
import { APOSTROPHE, COLON, isBlank, QUOTE, type PlainText } from './text.ts';

/** Reads a key and its colon, in flow or in block style. `before` is the key before it, or empty. Undefined if there is none. */
export function readKey(source: PlainText, before: string, isFlow: boolean): string | undefined {
  const { text, at } = source;
  const code = text.charCodeAt(at);
  const isInQuotes = code === QUOTE || code === APOSTROPHE;
  const key = nextKey(source, before, isInQuotes ? code : 0) ?? (isInQuotes ? quotedKey(source) : plainKey(source));
  if (key === undefined) return undefined;
  const colon = isFlow && isInQuotes ? source.skipSpaces() : source.code();
  if (colon !== COLON) return undefined;
  source.at += 1;
  if (!(isFlow && isInQuotes) && source.at < text.length && !isBlank(source.code())) return undefined;
  source.following.set(before, key);
  return key;
}

/** Machines write the keys of every mapping in the same order, so the text is compared with the key that came next the last time. */
function nextKey(source: PlainText, before: string, quote: number): string | undefined {
  const key = source.following.get(before);
  if (key === undefined) return undefined;
  const { text, at } = source;
  const start = quote === 0 ? at : at + 1;
  const end = start + key.length;
  if (text.charCodeAt(end) !== (quote === 0 ? COLON : quote) || !text.startsWith(key, start)) return undefined;
  source.at = quote === 0 ? end : end + 1;
  return key;
}

function quotedKey(source: PlainText): string | undefined {
  const key = readQuoted(source);
  return key !== undefined && KEY.test(key) && !RESERVED.test(key) ? key : undefined;
}

function plainKey(source: PlainText): string | undefined {
  PLAIN_KEY.lastIndex = source.at;
  const key = PLAIN_KEY.exec(source.text)?.[0];
  if (key === undefined || RESERVED.test(key)) return undefined;
  source.at = PLAIN_KEY.lastIndex;
  return key;
}

const PLAIN_KEY = /[A-Za-z_][\w-]{0,60}(?=:)/y;
/** A key that is a number would be sorted first. */
const KEY = /^[A-Za-z_][\w-]{0,60}$/;
/** Special in JavaScript, or not text in YAML. */
const RESERVED = /^(?:__proto__|prototype|true|false|null)$/i;
