import { lstatSync } from 'node:fs';
import { Failure } from '../../failure/failure.ts';
import { writeDurably } from './durable-file.ts';
import { NOT_REGULAR } from './regular-file.ts';

/**
 * Replaces a file that every user may read, in one step, so that no reader finds half of it. A link, a device or a pipe is
 * refused: another user may own the directory. Throws `output-unwritable`.
 */
export function writeTextfile(path: string, content: string): void {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found !== undefined && !found.isFile()) throw Object.assign(new Error(), { code: NOT_REGULAR });
    writeDurably(path, content, { mode: 0o644, unlocked: true });
  } catch (error) {
    throw new Failure(
      'output-unwritable',
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
      'name a regular file in a directory that is there, with --textfile',
    );
  }
}
