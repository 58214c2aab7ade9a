import { closeSync, constants, lstatSync, openSync, realpathSync, statSync, writeSync, type Stats } from 'node:fs';
import { writeDurably } from './durable-file.ts';
import { Failure } from '../../failure/failure.ts';
import { pathTrouble } from './path-trouble.ts';

/**
 * Replaces a regular file in one step; owner and mode stay, and a new file has mode 0644. A device or a pipe is written
 * to. Symbolic links are followed. Throws `output-unwritable`.
 */
export function writeOutputFile(path: string, content: string): void {
  try {
    refusePlanted(path);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined || found.isFile()) replaceFile(path, content, found);
    else writeUnblocked(path, content);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): Failure {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  if (code === 'ENXIO')
    return new Failure(
      'output-unwritable',
      `${path} cannot be written (no program reads from it, or it is a socket; ENXIO)`,
      'start the program that reads from it first, or name another path with -o',
    );
  return new Failure(
    'output-unwritable',
    `${path} cannot be written (${pathTrouble(path, error) ?? code})`,
    'name another path with -o',
  );
}

/** To open a pipe that no program reads from would wait for ever. */
function writeUnblocked(path: string, content: string): void {
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length;) at += writeSome(descriptor, bytes, at);
  } finally {
    closeSync(descriptor);
  }
}

const PAUSE_MS = 5;

/** If the pipe is full, waits a moment for its reader. */
function writeSome(descriptor: number, bytes: Buffer, at: number): number {
  try {
    return writeSync(descriptor, bytes, at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    return 0;
  }
}

function replaceFile(path: string, content: string, found: Stats | undefined): void {
  const attributes =
    found === undefined ? { mode: 0o644 } : { mode: found.mode & 0o777, owner: { uid: found.uid, gid: found.gid } };
  writeDurably(found === undefined ? path : realpathSync(path), content, { ...attributes, unlocked: true });
}

/** As the kernel does in world-writable directories (protected_symlinks, proc_sys_fs(5)): root would follow any link. */
function refusePlanted(path: string): void {
  const link = lstatSync(path, { throwIfNoEntry: false });
  if (link?.isSymbolicLink() === true && ![0, process.geteuid?.()].includes(link.uid))
    throw Object.assign(new Error(), { code: 'a symbolic link of another user' });
}

/** The same file, perhaps under two names. Throws `output-unwritable` if the first path cannot be looked at. */
export function isSameFile(path: string, other: string): boolean {
  const two = statSync(other, { throwIfNoEntry: false });
  const one = look(path);
  return one !== undefined && two !== undefined && one.dev === two.dev && one.ino === two.ino;
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unwritable(path, error);
  }
}
