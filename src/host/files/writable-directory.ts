import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Throws what the system would say to a file in this directory, made before where it is not there yet; makes nothing.
 * Whether there is room is not asked.
 */
export function requireWritable(directory: string): void {
  const parent = dirname(directory);
  if (statSync(directory, { throwIfNoEntry: false }) === undefined && parent !== directory) requireWritable(parent);
  else accessSync(directory, constants.W_OK | constants.X_OK);
}
