import { basename, dirname, join } from 'node:path';
import { removeEmpty, removePath, stateOfFile, stateOfLink, type PlaceState } from './place.ts';
import { forgetBootRecord, readBootRecord, type BootRecord } from './record.ts';
import { unlinkedPath } from '../files/root-path.ts';

interface Found {
  readonly path: string;
  readonly state: PlaceState;
}

/** How all that was written is now. */
export const stateOfTree = (root: string, { files, links }: BootRecord): Found[] => [
  ...files.map(({ path, contents }) => ({ path, state: stateOfFile(join(root, path), contents) })),
  ...links.map(({ path, target }) => ({ path, state: stateOfLink(join(root, path), target) })),
];

export interface Removed {
  readonly removed: readonly string[];
  /** Somebody changed them: they are theirs now. */
  readonly kept: readonly string[];
}

/** Undoes exactly what was written; undefined: there is nothing to undo. */
export function removeTree(root: string, stateDir: string): Removed | undefined {
  const record = readBootRecord(stateDir);
  if (record === undefined) return undefined;
  const found = stateOfTree(root, record);
  const removed = found.flatMap(({ path, state }) => (state === 'ours' ? path : []));
  for (const path of removed) removePath(join(unlinkedPath(root, dirname(path)), basename(path)));
  forgetBootRecord(stateDir);
  removeEmpty(record.directories.map((path) => join(root, path)));
  return { removed, kept: found.flatMap(({ path, state }) => (state === 'changed' ? path : [])) };
}
