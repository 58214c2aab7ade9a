import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { Failure } from './failure.ts';

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
