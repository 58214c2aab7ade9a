import { lstatSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { writeDurably } from '../files/durable-file.ts';
import { readRegularFile } from '../files/regular-file.ts';
import { foreign, stateOfLink } from './file-state.ts';

/** Reads the file or link at this path. The function returned restores it; if there was none, it removes the path. */
export function snapshotOf(path: string): () => void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return () => removePath(path);
  if (found.isSymbolicLink()) {
    const target = readlinkSync(path);
    return () => makeLink(path, target);
  }
  if (!found.isFile()) throw foreign(path);
  const content = readRegularFile(path);
  return () => writeDurably(path, content, { mode: found.mode & 0o777 });
}

export function makeLink(path: string, target: string): void {
  if (stateOfLink(path, target) === 'missing') symlinkSync(target, path);
}

export const removePath = (path: string): void => rmSync(path, { force: true });
