import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { writeDurably } from './durable-file.ts';

/** A copy that other users can neither read nor replace, for an editor. */
export interface PrivateCopy {
  readonly path: string;
  /** Removes the directory, with other files that the editor left in it. */
  readonly discard: () => void;
}

/** The copy keeps the name of the file, from which editors guess the syntax. 0600 in a new directory, 0700. */
export function privateCopy(file: string, content: Uint8Array): PrivateCopy {
  const directory = mkdtempSync(join(tmpdir(), 'portfwd-edit-'));
  const path = join(directory, basename(file));
  writeDurably(path, content, { mode: 0o600 });
  return { path, discard: () => rmSync(directory, { recursive: true, force: true }) };
}
