import type { Finding } from '../finding/finding.ts';
import { MAX_BYTES } from './decode-text.ts';
import { readPlainLines } from './plain-lines.ts';
import { plainLinesLocator } from './plain-lines-position.ts';
import type { Locate } from './yaml-position.ts';

export interface Document {
  /** Objects without a prototype, arrays, strings, numbers, booleans and null. Undefined if the file is not YAML. */
  readonly value?: unknown;
  readonly locate: Locate;
  readonly findings: readonly Finding[];
}

/** Undefined if the file needs the YAML parser. Plain lines contain only ASCII, which Latin-1 decodes without checks. */
export function readPlainDocument(bytes: Uint8Array): Document | undefined {
  if (bytes.length > MAX_BYTES) return undefined;
  const text = new TextDecoder('latin1').decode(bytes);
  const value = readPlainLines(text);
  if (value === undefined) return undefined;
  const placeOf = plainLinesLocator(text);
  return { value, locate: ({ path, code }) => placeOf(path, code === 'model/unknown-key'), findings: [] };
}
