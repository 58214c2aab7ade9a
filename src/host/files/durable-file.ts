import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface Attributes {
  /** Not reduced by the umask. */
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Written without the lock: another run may write the same file at the same time. */
  readonly unlocked?: true;
}

/** New content of a file, written to disk under a temporary name. */
export interface Prepared {
  /** Renames it, which replaces the old file in one step. */
  readonly commit: () => void;
  /** Removes the temporary file. Does nothing after `commit`. */
  readonly discard: () => void;
}

/**
 * Writes a temporary file beside `path`, so that lack of space or permission shows before anything is replaced. Its name
 * starts with a dot, which the `*` of an nft include does not match. It is always the same under the lock, so the next run
 * removes what a killed run left. A link of that name is not followed.
 */
export function prepareFile(path: string, content: string | Uint8Array, attributes: Attributes): Prepared {
  const { rename, discard } = prepared(path, content, attributes);
  return {
    commit: () => {
      rename();
      // The file is replaced already, so it would be wrong to call this a failure.
      onlyIfPossible(() => syncDirectory(dirname(path)));
    },
    discard,
  };
}

/** Where the new content of a file is until it is renamed. */
export const temporaryOf = (path: string, suffix = 'new'): string =>
  join(dirname(path), `.${basename(path)}.${suffix}`);

/**
 * Another name for the file while it is replaced together with others. Renamed back, it is the same file as before, with its
 * access list. Undefined: the file system has no hard links.
 */
export function linkOfOld(path: string): string | undefined {
  const link = temporaryOf(path, OLD);
  removeIfPossible(link);
  try {
    linkSync(path, link);
    return link;
  } catch (error) {
    if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

const OLD = 'old';

/** Removes what a killed run left of a new content. If it cannot be removed, it stays: nothing reads it. */
export function removeUnfinished(path: string): void {
  for (const temporary of [temporaryOf(path), temporaryOf(path, OLD)])
    try {
      unlinkSync(temporary);
    } catch {
      // There is none, or the file system is read-only.
    }
}

/** In a directory to which files can only be added, it stays. That is not worth a failure of its own. */
export function removeIfPossible(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!['ENOENT', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Replaces the file in one step. It is on disk when this returns. */
export function writeDurably(path: string, content: string | Uint8Array, attributes: Attributes): void {
  const { rename, discard } = prepared(path, content, attributes);
  try {
    rename();
    syncDirectory(dirname(path));
  } finally {
    discard();
  }
}

/** Creates the file, or returns false if there is anything of that name. It is on disk when this returns. */
export function createDurably(path: string, content: string, attributes: Attributes): boolean {
  try {
    writeNew(path, content, attributes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    removeIfPossible(path);
    throw error;
  }
  syncDirectory(dirname(path));
  return true;
}

function prepared(path: string, content: string | Uint8Array, attributes: Attributes) {
  const temporary = temporaryOf(path, attributes.unlocked === true ? `${process.pid}` : undefined);
  let isRenamed = false;
  const discard = (): void => {
    // If it stays, the next run removes it. Nothing reads it.
    if (!isRenamed) onlyIfPossible(() => unlinkSync(temporary));
  };
  removeIfPossible(temporary);
  try {
    writeNew(temporary, content, attributes);
  } catch (error) {
    discard();
    throw error;
  }
  return {
    rename: () => {
      renameSync(temporary, path);
      isRenamed = true;
    },
    discard,
  };
}

export function onlyIfPossible(work: () => void): void {
  try {
    work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
  }
}

function writeNew(path: string, content: string | Uint8Array, { mode, owner }: Attributes): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    if (owner !== undefined) fchownSync(descriptor, owner.uid, owner.gid);
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A rename is on disk only when its directory is. */
function syncDirectory(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
