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
  const mode = found.mode & 0o777;
  return () => {
    // On a full disk, what is right already must not be written again.
    if (!isSame(path, content, mode)) writeDurably(path, content, { mode });
  };
}

function isSame(path: string, content: Buffer, mode: number): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && (found.mode & 0o777) === mode && readRegularFile(path).equals(content);
}

export function makeLink(path: string, target: string): void {
  if (stateOfLink(path, target) === 'missing') symlinkSync(target, path);
}

export const removePath = (path: string): void => rmSync(path, { force: true });
