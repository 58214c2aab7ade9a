import { lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { writeDurably } from '../files/durable-file.ts';
import { NOT_REGULAR, readRegularFile } from '../files/regular-file.ts';
import { Failure } from '../../failure/failure.ts';
import { isTrustedOwner } from '../process/trusted-owner.ts';
import { moveAway } from './move-away.ts';
import { ensureDirectory } from './directory/state-directory.ts';

/**
 * Undefined if there is no such file, or no permission to read it. Throws `state-directory` if another user wrote it.
 * `ofTree`: it is in the tree of another host.
 */
export const readStateFile = (directory: string, name: string, ofTree = false): string | undefined =>
  readStateBytes(directory, name, ofTree)?.toString('utf8');

export function readStateBytes(directory: string, name: string, ofTree = false): Buffer | undefined {
  const path = join(directory, name);
  try {
    return readRegularFile(path, {
      noLinks: true,
      inspect: (stats) => {
        if (!ofTree) refuseForeign(path, stats);
      },
    });
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error instanceof Failure ? error : stateFailure(path, error);
  }
}

/** There is a file of that name, and no other user can change it. */
export function isStateFile(directory: string, name: string): boolean {
  const stats = lstatSync(join(directory, name), { throwIfNoEntry: false });
  return stats?.isFile() === true && isTrusted(stats);
}

const isTrusted = ({ uid, mode }: Stats): boolean => isTrustedOwner(uid) && (mode & 0o022) === 0;

/** What another user wrote there may be meant to open something. */
function refuseForeign(path: string, stats: Stats): void {
  if (isTrusted(stats)) return;
  const { uid } = stats;
  const why = isTrustedOwner(uid) ? 'other users can write to it' : `it belongs to the user with the number ${uid}`;
  throw new Failure(
    'state-directory',
    `${path} is not used: ${why}`,
    `look at it, then move it away: ${moveAway(path)}`,
  );
}

/** Replaces the file in one step, with mode 0600. It is on disk when this returns. */
export function writeStateFile(directory: string, name: string, content: string | Uint8Array, ofTree = false): void {
  const path = join(ensureDirectory(directory, ofTree), name);
  try {
    writeDurably(path, content, { mode: 0o600 });
  } catch (error) {
    throw stateFailure(path, error);
  }
}

/** If a file cannot be read or written. */
export function stateFailure(path: string, error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return new Failure('state-directory', `${path} cannot be used (${code})`, remedyFor(path, code));
}

function remedyFor(path: string, code: string): string {
  if (NO_FILE.has(code)) return `look at it, then move it away: ${moveAway(path)}`;
  // Of root too: in /proc, for example.
  if (NO_RIGHT.has(code)) return 'run as root, or name with --state-dir a directory in which files can be created';
  return 'run as root and check that its file system has free space (df), or name another directory with --state-dir';
}

/** A directory, a pipe, a socket, a device or a symbolic link is in the way. */
const NO_FILE = new Set([NOT_REGULAR, 'EISDIR', 'ELOOP', 'ENXIO']);

const NO_RIGHT = new Set(['ENOENT', 'EACCES', 'EPERM']);

/** Saves the text of a table in a file named by its hash. Returns the path. */
export function saveTable(directory: string, text: string): string {
  const name = `adopted-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.nft`;
  writeStateFile(directory, name, text);
  return join(directory, name);
}
