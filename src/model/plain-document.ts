import type { Document } from './document.ts';
import { MAX_BYTES } from './limits.ts';
import { locatePlainLines, readPlainLines } from './plain-lines.ts';

/** Undefined: only the YAML parser can tell. Plain is nothing but ASCII, so any decoder does. */
export function readPlainDocument(bytes: Uint8Array): Document | undefined {
  if (bytes.length > MAX_BYTES) return undefined;
  const text = new TextDecoder('latin1').decode(bytes);
  const value = readPlainLines(text);
  if (value === undefined) return undefined;
  return {
    value,
    locate: ({ path, code }) => locatePlainLines(text, path, code === 'model/unknown-key'),
    findings: [],
  };
}
