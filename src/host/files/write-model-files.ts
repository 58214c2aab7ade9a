import { linkSync, lstatSync, renameSync, unlinkSync, type Stats } from 'node:fs';
import { changedParts, type ChangedPart } from '../../parts/parts.ts';
import { linkOfOld, onlyIfPossible, removeIfPossible, writeDurably, type Prepared } from './durable-file.ts';
import { prepareConfigFile, requireUnchanged, writable, type Edited } from './write-config-file.ts';

/** `keep`: where the old content stays. */
type Planned = ChangedPart & { readonly keep: string | undefined };

/**
 * The files of a model that differ from before, written under temporary names. `commit` first looks whether another
 * program changed one of them, then renames all. If one fails, those before it are the same files as before, with their
 * access lists. A run that is killed in between leaves some of them new: the file system has no transaction of several files.
 */
export async function prepareModelFiles(path: string, { text, was, keep }: Edited): Promise<Prepared> {
  const changes = changedParts(path, text, was).map((change) => ({
    ...change,
    keep: keep?.find((one) => one.path === change.path)?.keep,
  }));
  const prepared: Prepared[] = [];
  const discard = (): void => {
    for (const file of prepared) file.discard();
  };
  try {
    for (const change of changes) prepared.push(await prepareOne(change));
  } catch (error) {
    discard();
    throw error;
  }
  return { commit: () => commitAll(changes, prepared), discard };
}

async function prepareOne({ path, text, was }: Planned): Promise<Prepared> {
  if (text !== undefined) return prepareConfigFile(path, { text, was });
  const commit = (): void => {
    requireUnchanged(path, was);
    writable(path, () => unlinkSync(path));
  };
  return { commit, discard: () => {} };
}

function commitAll(changes: readonly Planned[], prepared: readonly Prepared[]): void {
  for (const { path, was } of changes) requireUnchanged(path, was);
  const old: Old[] = [];
  let done = 0;
  try {
    // A single file is renamed in one step.
    for (const change of changes) if (changes.length > 1 || change.keep !== undefined) old.push(keepOld(change));
    for (const file of prepared) {
      file.commit();
      done += 1;
    }
  } catch (error) {
    for (const [index, { restore, forget }] of [...old.entries()].reverse())
      onlyIfPossible(index < done ? restore : forget);
    throw error;
  }
  for (const [index, { forget }] of old.entries()) if (changes[index]?.keep === undefined) onlyIfPossible(forget);
}

/** A file that is about to be replaced. */
interface Old {
  /** Puts it back. */
  readonly restore: () => void;
  /** Removes its second name. */
  readonly forget: () => void;
}

function keepOld({ path, was, keep }: Planned): Old {
  if (was === undefined) return { restore: () => unlinkSync(path), forget: () => {} };
  const found = lstatSync(path);
  const link = writable(path, () => (keep === undefined ? linkOfOld(path) : linkAs(path, keep)));
  if (link === undefined) return { restore: () => writeDurably(path, was, attributesOf(found)), forget: () => {} };
  return { restore: () => renameSync(link, path), forget: () => removeIfPossible(link) };
}

function linkAs(path: string, keep: string): string {
  linkSync(path, keep);
  return keep;
}

const attributesOf = (found: Stats) => ({ mode: found.mode & 0o777, owner: { uid: found.uid, gid: found.gid } });
