import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { writeDurably } from '../files/durable-file.ts';
import { Failure } from '../../failure/failure.ts';
import { ensureDirectory } from './paths.ts';

/** Undefined if there is no such file, or no permission to read it. */
export function readStateFile(directory: string, name: string): string | undefined {
  try {
    const descriptor = openSync(join(directory, name), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return readFileSync(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw stateFailure(join(directory, name), error);
  }
}

/** Replaces the file in one step, with mode 0600. It is on disk when this returns. */
export function writeStateFile(directory: string, name: string, content: string | Uint8Array): void {
  const path = join(ensureDirectory(directory), name);
  try {
    writeDurably(path, content, { mode: 0o600 });
  } catch (error) {
    throw stateFailure(path, error);
  }
}

const stateFailure = (path: string, error: unknown): Failure =>
  new Failure(
    'state-directory',
    `${path} cannot be used (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
    'run as root and check that its file system has free space (df), or name another directory with --state-dir',
  );

/** Saves the text of a table in a file named by its hash. Returns the path. */
export function saveTable(directory: string, text: string): string {
  const name = `adopted-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.nft`;
  writeStateFile(directory, name, text);
  return join(directory, name);
}
