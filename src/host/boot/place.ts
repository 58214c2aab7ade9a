import { chmodSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hashOf, type BootRecord } from './record.ts';
import { writeDurably } from '../files/durable-file.ts';
import { Failure } from '../../failure/failure.ts';
import { unlinkedPath } from '../files/root-path.ts';

interface Wanted {
  readonly files: readonly { readonly path: string; readonly content: string }[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

/** What somebody else wrote, or changed, is not overwritten. */
export function refuseForeign(root: string, { files, links }: Wanted, before: BootRecord | undefined): void {
  for (const { path, content } of files) {
    const known = before?.files.find((file) => file.path === path)?.contents ?? [];
    const is = stateOfFile(join(root, path), [...known, hashOf(content)]);
    if (is === 'changed') throw foreign(join(root, path));
  }
  for (const { path, target } of links)
    if (stateOfLink(join(root, path), target) === 'changed') throw foreign(join(root, path));
}

export type PlaceState = 'ours' | 'changed' | 'missing';

export function stateOfFile(path: string, contents: readonly string[]): PlaceState {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'missing';
  return found.isFile() && contents.includes(hashOf(readFileSync(path))) ? 'ours' : 'changed';
}

export function stateOfLink(path: string, target: string): PlaceState {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'missing';
  return found.isSymbolicLink() && readlinkSync(path) === target ? 'ours' : 'changed';
}

const foreign = (path: string): Failure =>
  new Failure(
    'boot-foreign',
    `${path} is not as portfwd wrote it, and would be overwritten`,
    'move it away, then run portfwd enable again',
  );

/** Returns what it made, outermost first. */
export function makeDirectory(path: string): string[] {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return [];
  const outer = makeDirectory(dirname(path));
  mkdirSync(path, { mode: 0o755 });
  return [...outer, path];
}

/** For portfwd alone, in a tree where its parents are for everybody. */
export function makeStateDirectory(root: string, path: string): string[] {
  const made = makeDirectory(unlinkedPath(root, path.slice(root.length)));
  if (made.includes(path)) chmodSync(path, 0o700);
  return made;
}

/** Those in which nobody put anything since. */
export function removeEmpty(directories: readonly string[]): void {
  for (const path of [...directories].reverse()) {
    try {
      rmdirSync(path);
    } catch (error) {
      if (!['ENOTEMPTY', 'ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

export function makeLink(path: string, target: string): void {
  if (stateOfLink(path, target) === 'missing') symlinkSync(target, path);
}

export const removePath = (path: string): void => rmSync(path, { force: true });

/** Remembers what has the name now; called, it has it again. */
export function restorer(path: string): () => void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return () => removePath(path);
  if (found.isSymbolicLink()) {
    const target = readlinkSync(path);
    return () => makeLink(path, target);
  }
  const content = readFileSync(path);
  return () => writeDurably(path, content, { mode: found.mode & 0o777 });
}
