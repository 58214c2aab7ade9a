import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The same for replacing a file. Its own permissions do not matter for that, but an immutable file (chattr +i) cannot be
 * replaced, nor can one on a read-only file system of its own.
 */
export function requireReplaceable(path: string): void {
  requireWritable(dirname(path));
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    if (!['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/**
 * Throws the system error that creating a file in this directory (or the directory itself, if it is missing) would cause.
 * Does not check for free space. Creates nothing.
 */
export function requireWritable(directory: string): void {
  const parent = dirname(directory);
  if (statSync(directory, { throwIfNoEntry: false }) === undefined && parent !== directory) requireWritable(parent);
  else accessSync(directory, constants.W_OK | constants.X_OK);
}
