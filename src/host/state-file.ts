import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from './durable-file.ts';
import { Failure } from './failure.ts';
import { ensureDirectory } from './state-paths.ts';

/** Undefined when there is none, or when it is not ours to read. */
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

/** Whole or not at all, 0600 whatever the umask, and durable when it returns. */
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
    'look at its directory, or name another with --state-dir',
  );
