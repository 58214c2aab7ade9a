import type { Document } from './document.ts';
import { MAX_BYTES } from './limits.ts';
import { plainLinesLocator } from './locate-plain-lines.ts';
import { readPlainLines } from './plain-lines.ts';

/** Undefined: only the YAML parser can tell. Plain is nothing but ASCII, so any decoder does. */
export function readPlainDocument(bytes: Uint8Array): Document | undefined {
  if (bytes.length > MAX_BYTES) return undefined;
  const text = new TextDecoder('latin1').decode(bytes);
  const value = readPlainLines(text);
  if (value === undefined) return undefined;
  const placeOf = plainLinesLocator(text);
  return { value, locate: ({ path, code }) => placeOf(path, code === 'model/unknown-key'), findings: [] };
}
