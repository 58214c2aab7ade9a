import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface Attributes {
  /** Exactly this, whatever the umask. */
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Another run may write the same file now. */
  readonly unlocked?: true;
}

/** A file that is on disk and has yet to take its name. */
export interface Prepared {
  /** Replaces what has the name now, in one step, and for good. */
  readonly commit: () => void;
  /** Leaves everything as it was; does nothing after `commit`. */
  readonly discard: () => void;
}

/**
 * Writes beside `path` what is to take its place: all that can fail for want of space or rights fails here.
 * The hidden name is matched by no `*` of an include, and a link that somebody planted there is not followed.
 * Under the lock it is always the same one, so that what a killed run left is gone after the next.
 */
export function prepareFile(path: string, content: string | Uint8Array, attributes: Attributes): Prepared {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path)}.${attributes.unlocked === true ? process.pid : 'new'}`);
  const discard = (): void => rmSync(temporary, { force: true });
  try {
    discard();
    writeNew(temporary, content, attributes);
  } catch (error) {
    discard();
    throw error;
  }
  return {
    commit: () => {
      renameSync(temporary, path);
      syncDirectory(directory);
    },
    discard,
  };
}

/** Whole or not at all, and durable when it returns. */
export function writeDurably(path: string, content: string | Uint8Array, attributes: Attributes): void {
  const prepared = prepareFile(path, content, attributes);
  try {
    prepared.commit();
  } finally {
    prepared.discard();
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

/** A name is durable when its directory is. */
function syncDirectory(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
