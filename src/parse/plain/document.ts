import type { Finding } from '../../finding/finding.ts';
import { decodeText, MAX_BYTES } from '../decode-text.ts';
import type { Locate } from '../position.ts';
import { plainLocator } from './position.ts';
import { readPlain } from './read.ts';
import { MAX_VALUES } from './text.ts';

export interface Document {
  /** Objects, arrays, strings, numbers, booleans and null. Undefined if the file is not YAML. */
  readonly value?: unknown;
  readonly locate: Locate;
  readonly findings: readonly Finding[];
}

/** Undefined if the file needs the YAML parser. */
export function readPlainDocument(bytes: Uint8Array): Document | undefined {
  if (bytes.length > MAX_BYTES) return undefined;
  const text = textOf(bytes);
  const read = text === undefined ? undefined : readPlain(text);
  if (text === undefined || read === undefined) return undefined;
  if (read === 'too many values') return { findings: [tooManyValues], locate: () => ({ line: 1, column: 1 }) };
  return { value: read.value, findings: [], locate: plainLocator(text) };
}

const tooManyValues: Finding = {
  code: 'file/too-large',
  message: `the file has more than ${MAX_VALUES} values`,
  remedy: 'write ranges (27000-27100) instead of one forward for each port, and prefixes instead of single clients',
  path: [],
};

/**
 * Most files are ASCII, which Latin-1 decodes without checks. Lines that end in CR LF end in LF here: their columns are the
 * same. Undefined if there are other unusual line breaks.
 */
function textOf(bytes: Uint8Array): string | undefined {
  const ascii = withoutReturns(new TextDecoder('latin1').decode(bytes));
  if (/^[\t\n\u0020-\u007e]*$/.test(ascii)) return ascii;
  const { text, finding } = decodeText(bytes);
  const plain = withoutReturns(text);
  return finding !== undefined || /[\r\u2028\u2029\ufeff]/.test(plain) ? undefined : plain;
}

const withoutReturns = (text: string): string => (text.includes('\r') ? text.replaceAll('\r\n', '\n') : text);
