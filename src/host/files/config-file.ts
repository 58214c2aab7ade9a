import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, mkdirSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { prepareFile, type Prepared } from './durable-file.ts';
import { requireWritable } from './writable-directory.ts';

/** One byte more than the largest file allowed, so that a larger one is noticed. */
const MAX_BYTES = 1_048_577;

/** Reads a regular file, at most MAX_BYTES of it. Throws `config-unreadable`. */
export function readConfigFile(path: string): Uint8Array {
  const descriptor = open(path);
  try {
    if (!fstatSync(descriptor).isFile()) throw unreadable(path, 'not a regular file');
    return read(path, descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Undefined if there is no such file. */
export function readConfigFileIfAny(path: string): Uint8Array | undefined {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined ? undefined : readConfigFile(path);
}

function read(path: string, descriptor: number): Uint8Array {
  const buffer = Buffer.alloc(MAX_BYTES);
  let length = 0;
  try {
    for (let count = -1; count !== 0 && length < MAX_BYTES; length += count) {
      count = readSync(descriptor, buffer, length, MAX_BYTES - length, length);
    }
  } catch (error) {
    throw unreadable(path, (error as NodeJS.ErrnoException).code ?? (error as Error).message);
  }
  return buffer.subarray(0, length);
}

/** Non-blocking: opening a pipe without a writer would wait for ever. */
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
      ? 'create it with portfwd add, or name another file with --config'
      : 'make it readable, or name another file with --config';
  return new Failure('config-unreadable', `${path} cannot be read (${why})`, remedy);
}

/**
 * Writes the new content to a temporary file beside the model file. Owner and mode stay; a new file has mode 0644. A
 * symbolic link is refused: writing to its target could overwrite any file. Throws `config-unwritable`.
 */
export function prepareConfigFile(path: string, content: Uint8Array): Prepared {
  const found = refuseLink(path);
  return writable(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    const { commit, discard } = prepareFile(path, content, attributesOf(found));
    return { commit: () => writable(path, commit), discard };
  });
}

/** Throws if `prepareConfigFile` would, except for lack of space. Writes nothing. */
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
    'name its target with --config',
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
      'free some space, or run as a user who can write to its directory',
    );
  }
}
