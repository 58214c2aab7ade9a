import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, mkdirSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { prepareFile, type Prepared } from './durable-file.ts';
import { requireWritable } from './writable-directory.ts';

/** One byte more than the model may have: enough to see that it is too large. */
const MOST = 1_048_577;

/** Reads a regular file, and no more of it than is needed to refuse it. */
export function readConfigFile(path: string): Uint8Array {
  const descriptor = open(path);
  try {
    if (!fstatSync(descriptor).isFile()) throw unreadable(path, 'it is no regular file');
    return read(path, descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Undefined where there is no such file yet. */
export function readConfigFileIfAny(path: string): Uint8Array | undefined {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined ? undefined : readConfigFile(path);
}

function read(path: string, descriptor: number): Uint8Array {
  const buffer = Buffer.alloc(MOST);
  let length = 0;
  try {
    for (let count = -1; count !== 0 && length < MOST; length += count) {
      count = readSync(descriptor, buffer, length, MOST - length, length);
    }
  } catch (error) {
    throw unreadable(path, (error as NodeJS.ErrnoException).code ?? (error as Error).message);
  }
  return buffer.subarray(0, length);
}

/** Without blocking: a pipe that nobody writes to would hold us for ever. */
function open(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(path, (error as NodeJS.ErrnoException).code ?? (error as Error).message);
  }
}

function unreadable(path: string, why: string): Failure {
  const remedy =
    why === 'ENOENT'
      ? 'write the forwards there, or name another file with --config'
      : 'name a file that can be read with --config';
  return new Failure('config-unreadable', `${path} cannot be read (${why})`, remedy);
}

/**
 * The new text of the model file, on disk and not yet in its place. Owner and mode stay as they are; a new
 * file is 0644. A link is not followed: who planted it would choose what is overwritten.
 */
export function prepareConfigFile(path: string, content: Uint8Array): Prepared {
  const found = refuseLink(path);
  return writable(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    const { commit, discard } = prepareFile(path, content, attributesOf(found));
    return { commit: () => writable(path, commit), discard };
  });
}

/** Throws `config-unwritable` where `prepareConfigFile` would; writes nothing. */
export function inspectConfigFile(path: string): void {
  refuseLink(path);
  writable(path, () => requireWritable(dirname(path)));
}

function refuseLink(path: string): Stats | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() !== true) return found;
  throw new Failure(
    'config-unwritable',
    `${path} is a symbolic link, which portfwd does not replace`,
    'name the file that it leads to with --config',
  );
}

const attributesOf = (found: Stats | undefined) =>
  found === undefined ? { mode: 0o644 } : { mode: found.mode & 0o777, owner: { uid: found.uid, gid: found.gid } };

function writable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Failure(
      'config-unwritable',
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
      'make room, or run as a user who can write to its directory',
    );
  }
}
