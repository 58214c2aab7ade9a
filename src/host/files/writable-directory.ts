import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Throws the system error that creating a file in this directory (or the directory itself, if it is missing) would cause.
 * Does not check for free space. Creates nothing.
 */
export function requireWritable(directory: string): void {
  const parent = dirname(directory);
  if (statSync(directory, { throwIfNoEntry: false }) === undefined && parent !== directory) requireWritable(parent);
  else accessSync(directory, constants.W_OK | constants.X_OK);
}
