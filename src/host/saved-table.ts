import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { writeStateFile } from './state-file.ts';

/** Keeps a table's text under a name of its own; the same text once more is the same file. Returns the path. */
export function saveTable(directory: string, text: string): string {
  const name = `adopted-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.nft`;
  writeStateFile(directory, name, text);
  return join(directory, name);
}
