import { basename, dirname, join } from 'node:path';
import { removeEmptyDirectories } from './directories.ts';
import { stateOfFile, stateOfLink, type FileState } from './file-state.ts';
import { forgetBootRecord, readBootRecord, type BootRecord } from './record.ts';
import { removePath } from './snapshot.ts';
import { removeUnfinished } from '../files/durable-file.ts';
import { pathWithoutLinks } from '../files/root-path.ts';

interface Found {
  readonly path: string;
  readonly state: FileState;
}

/** The present state of each file and link that was written. */
export const stateOfTree = (root: string, { files, links }: BootRecord): Found[] => [
  ...files.map(({ path, contents }) => ({ path, state: stateOfFile(join(root, path), contents) })),
  ...links.map(({ path, target }) => ({ path, state: stateOfLink(join(root, path), target) })),
];

export interface Removed {
  readonly removed: readonly string[];
  /** Changed since portfwd wrote them, so they are kept. */
  readonly kept: readonly string[];
}

/** Removes what `enable` wrote. Undefined if it is not enabled. */
export function removeTree(root: string, stateDir: string): Removed | undefined {
  const record = readBootRecord(stateDir, root !== '');
  if (record === undefined) return undefined;
  const found = stateOfTree(root, record);
  const removed = found.flatMap(({ path, state }) => (state === 'ours' ? path : []));
  for (const { path } of record.files) removeUnfinished(join(root, path));
  for (const path of removed) removePath(join(pathWithoutLinks(root, dirname(path)), basename(path)));
  forgetBootRecord(stateDir);
  removeEmptyDirectories(record.directories.map((path) => join(root, path)));
  return { removed, kept: found.flatMap(({ path, state }) => (state === 'changed' ? path : [])) };
}
