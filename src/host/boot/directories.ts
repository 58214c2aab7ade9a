import { chmodSync, lstatSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathWithoutLinks } from '../files/root-path.ts';

/** Returns the directories that it created, outermost first. */
export function makeDirectory(path: string): string[] {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return [];
  const outer = makeDirectory(dirname(path));
  mkdirSync(path, { mode: 0o755 });
  return [...outer, path];
}

/** The state directory in the tree of another host: 0700, its parents 0755. */
export function makeStateDirectory(root: string, path: string): string[] {
  const made = makeDirectory(pathWithoutLinks(root, path.slice(root.length)));
  if (made.includes(path)) chmodSync(path, 0o700);
  return made;
}

/** Removes those of these directories that are empty. */
export function removeEmptyDirectories(directories: readonly string[]): void {
  for (const path of [...directories].reverse()) {
    try {
      rmdirSync(path);
    } catch (error) {
      if (!['ENOTEMPTY', 'ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}
