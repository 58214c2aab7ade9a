import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { writeDurably } from './durable-file.ts';

/** A file that nobody else can read or replace, for somebody to work on. */
export interface PrivateCopy {
  readonly path: string;
  /** The directory goes as well, with what an editor left there. */
  readonly discard: () => void;
}

/** Named like the file, since editors go by that; 0600 in a directory of its own, 0700. */
export function privateCopy(file: string, content: Uint8Array): PrivateCopy {
  const directory = mkdtempSync(join(tmpdir(), 'portfwd-edit-'));
  const path = join(directory, basename(file));
  writeDurably(path, content, { mode: 0o600 });
  return { path, discard: () => rmSync(directory, { recursive: true, force: true }) };
}
