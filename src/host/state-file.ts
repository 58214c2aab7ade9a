import { closeSync, constants, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
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
export function writeStateFile(directory: string, name: string, content: string): void {
  const path = join(ensureDirectory(directory), name);
  const temporary = `${path}.new`;
  try {
    rmSync(temporary, { force: true });
    writeDurably(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw stateFailure(path, error);
  }
}

function writeDurably(path: string, content: string): void {
  const descriptor = openSync(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const stateFailure = (path: string, error: unknown): Failure =>
  new Failure(
    'state-directory',
    `${path} cannot be used (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
    'look at its directory, or name another with --state-dir',
  );
