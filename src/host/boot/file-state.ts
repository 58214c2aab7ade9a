import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { freeName } from '../files/write-config-file.ts';
import { hashOf, type BootRecord } from './record.ts';
import { shellWord } from '../process/shell-word.ts';

/** `ours`: as portfwd wrote it. */
export type FileState = 'ours' | 'changed' | 'missing';

/** `hashes` are those of the contents that portfwd wrote. */
export function stateOfFile(path: string, hashes: readonly string[]): FileState {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'missing';
  return found.isFile() && hashes.includes(hashOf(readFileSync(path))) ? 'ours' : 'changed';
}

export function stateOfLink(path: string, target: string): FileState {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'missing';
  return found.isSymbolicLink() && readlinkSync(path) === target ? 'ours' : 'changed';
}

interface WantedTree {
  readonly files: readonly { readonly path: string; readonly content: string }[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

/** A file that portfwd did not write, or that was changed since, is not overwritten. Throws `boot-foreign`. */
export function refuseForeign(root: string, { files, links }: WantedTree, before: BootRecord | undefined): void {
  for (const { path, content } of files) {
    const known = before?.files.find((file) => file.path === path)?.contents ?? [];
    if (stateOfFile(join(root, path), [...known, hashOf(content)]) === 'changed') throw foreign(join(root, path));
  }
  for (const { path, target } of links)
    if (stateOfLink(join(root, path), target) === 'changed') throw foreign(join(root, path));
}

/** It must not stay in a directory of programs or services. The command overwrites nothing. */
export const moveToRoot = (path: string): string =>
  `mv -n ${shellWord(path)} ${shellWord(freeName(join('/root', basename(path))))}`;

export const foreign = (path: string): Failure =>
  new Failure(
    'boot-foreign',
    `${path} is not as portfwd wrote it, and would be overwritten`,
    `look at it; if it is not needed, move it away (${moveToRoot(path)}) and run the command again`,
  );
