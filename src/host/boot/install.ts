import { dirname, join } from 'node:path';
import { asFailure, Failure } from '../../failure/failure.ts';
import { makeDirectory, makeStateDirectory, removeEmptyDirectories } from './directories.ts';
import { refuseForeign, stateOfFile, stateOfLink, type FileState } from './file-state.ts';
import { makeLink, removePath, snapshotOf } from './snapshot.ts';
import {
  changedFiles,
  forgetBootRecord,
  hashOf,
  pathsOf,
  readBootRecord,
  union,
  writeBootRecord,
  type BootRecord,
} from './record.ts';
import { prepareFile, type Prepared } from '../files/durable-file.ts';
import { pathWithoutLinks } from '../files/root-path.ts';
import { requireReplaceable, requireWritable } from '../files/writable-directory.ts';

/** The files and links for boot. Paths are those of the host that will boot, without the root of its tree. */
export interface BootTree extends Pick<BootRecord, 'marker' | 'ifOff' | 'enableForwarding' | 'links'> {
  readonly files: readonly { readonly path: string; readonly mode: number; readonly content: string }[];
}

export interface PreparedTree extends Prepared {
  /** Restores the state before `commit`. */
  readonly revert: () => void;
  /** The paths that `commit` creates, changes or removes. */
  readonly changes: readonly string[];
}

/**
 * Writes all files under temporary names; `commit` renames them and removes those that are not needed any more. Throws
 * `boot-foreign` if a file is in the way that portfwd did not write, or that was changed since.
 */
export function prepareTree(root: string, stateDir: string, tree: BootTree): PreparedTree {
  const before = readBootRecord(stateDir, root !== '');
  const all = [...tree.files, ...tree.links].map(({ path }) => path);
  const directories = [...new Set(all.map((path) => pathWithoutLinks(root, dirname(path))))];
  refuseForeign(root, tree, before);
  const made: string[] = [];
  const prepared: Prepared[] = [];
  const discard = (): void => {
    for (const file of prepared) file.discard();
    removeEmptyDirectories(made);
  };
  try {
    for (const path of directories) made.push(...makeDirectory(path));
    if (root !== '') made.push(...makeStateDirectory(root, stateDir));
    for (const { path, content, mode } of tree.files) prepared.push(prepareFile(join(root, path), content, { mode }));
  } catch (error) {
    discard();
    throw error;
  }
  const now = recordOf(tree, root, made, before);
  return {
    discard,
    changes: changedFiles(now, before),
    ...replacement({ root, stateDir, before, now }, prepared, made),
  };
}

/** The paths of the host that `prepareTree` and its commit would change. Writes nothing; throws what it would throw. */
export function inspectTree(root: string, stateDir: string, tree: BootTree): string[] {
  const before = readBootRecord(stateDir, root !== '');
  refuseForeign(root, tree, before);
  const all = [...tree.files, ...tree.links].map(({ path }) => path);
  for (const directory of new Set(all.map((path) => pathWithoutLinks(root, dirname(path))))) requireWritable(directory);
  for (const { path } of tree.files) requireReplaceable(join(root, path));
  return [
    ...tree.files.flatMap(({ path, content }) => unlessThere(path, stateOfFile(join(root, path), [hashOf(content)]))),
    ...tree.links.flatMap(({ path, target }) => unlessThere(path, stateOfLink(join(root, path), target))),
    ...pathsOf(before).filter((path) => !all.includes(path)),
  ];
}

const unlessThere = (path: string, state: FileState): string[] => (state === 'ours' ? [] : [path]);

const recordOf = (
  { marker, ifOff, enableForwarding, files, links }: BootTree,
  root: string,
  made: readonly string[],
  before: BootRecord | undefined,
): BootRecord => ({
  marker,
  ifOff,
  ...(enableForwarding === true ? { enableForwarding } : {}),
  files: files.map(({ path, content }) => ({ path, contents: [hashOf(content)] })),
  links: links.map(({ path, target }) => ({ path, target })),
  directories: [...(before?.directories ?? []), ...made.map((path) => path.slice(root.length))],
});

interface Change {
  readonly root: string;
  readonly stateDir: string;
  readonly before: BootRecord | undefined;
  readonly now: BootRecord;
}

/** Writes the record first: if the run is killed, `disable` knows every file that may exist. */
function replacement(
  { root, stateDir, before, now }: Change,
  prepared: readonly Prepared[],
  made: readonly string[],
): Pick<PreparedTree, 'commit' | 'revert'> {
  const stale = pathsOf(before).filter((path) => !pathsOf(now).includes(path));
  const restoreFiles = [...pathsOf(now), ...stale].map((path) => snapshotOf(join(root, path)));
  const restoreRecord = (): void => {
    if (before === undefined) forgetBootRecord(stateDir);
    else writeBootRecord(stateDir, before, root !== '');
  };
  const revert = (): void => doAll([...restoreFiles, restoreRecord, () => removeEmptyDirectories(made)]);
  const commit = (): void => {
    try {
      writeBootRecord(stateDir, before === undefined ? now : union(now, before), root !== '');
      for (const file of prepared) file.commit();
      for (const { path, target } of now.links) makeLink(join(root, path), target);
      for (const path of stale) removePath(join(root, path));
      writeBootRecord(stateDir, now, root !== '');
    } catch (error) {
      try {
        revert();
      } catch (further) {
        throw andFurther(error, further);
      }
      throw error;
    }
  };
  return { commit, revert };
}

/** Each is tried. Throws the first error after the last one. */
function doAll(steps: readonly (() => void)[]): void {
  const errors = steps.flatMap((step) => {
    try {
      step();
      return [];
    } catch (error) {
      return [error];
    }
  });
  if (errors.length > 0) throw errors[0];
}

/** Both are told if the files could not be brought back. */
function andFurther(error: unknown, further: unknown): unknown {
  const [first, second] = [asFailure(error), asFailure(further)];
  if (first === undefined || second === undefined) return first === undefined ? error : further;
  return new Failure(
    first.reason,
    `${first.message}, and not all boot files could be restored: ${second.message}`,
    `${first.remedy}; then portfwd enable writes them again`,
  );
}
