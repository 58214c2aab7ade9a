import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { Failure } from '../../failure/failure.ts';
import { pathTrouble } from './path-trouble.ts';
import { NOT_REGULAR } from './regular-file.ts';

/** One byte more than the 64 MiB that are allowed, so that a larger file is noticed. */
export const MAX_BYTES = 67_108_865;

/** For files whose size is not known before, as in /proc. */
const FIRST_BYTES = 65_536;

/** Reads a regular file, at most MAX_BYTES of it. Throws `config-unreadable`. */
export function readConfigFile(path: string): Uint8Array {
  const descriptor = open(path);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw unreadable(path, { code: NOT_REGULAR });
    return read(path, descriptor, stat.size);
  } finally {
    closeSync(descriptor);
  }
}

/** Undefined if there is no such file. */
export function readConfigFileIfAny(path: string): Uint8Array | undefined {
  return isThere(path) ? readConfigFile(path) : undefined;
}

/** Of any kind, also a symbolic link without a target. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The file may grow meanwhile. */
function read(path: string, descriptor: number, size: number): Uint8Array {
  let buffer = Buffer.alloc(Math.min(Math.max(size + 1, FIRST_BYTES), MAX_BYTES));
  let length = 0;
  try {
    for (let count = -1; count !== 0 && length < MAX_BYTES; length += count) {
      if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(2 * length, MAX_BYTES));
      count = readSync(descriptor, buffer, length, buffer.length - length, length);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  return buffer.subarray(0, length);
}

/** Non-blocking: opening a pipe without a writer would wait for ever. */
function open(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return new Failure(
    'config-unreadable',
    `${path} cannot be read (${pathTrouble(path, error) ?? code})`,
    remedyFor(path, code),
  );
}

function remedyFor(path: string, code: string): string {
  if (code === 'ENOENT') return missingRemedy(path);
  return IN_THE_PATH.has(code)
    ? 'name the right file with --config'
    : 'make it readable, or name another file with --config';
}

const IN_THE_PATH = new Set(['ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

/** A word without a dot or a slash may be the name of a forward. */
const missingRemedy = (path: string): string =>
  /^[A-Za-z][\w-]*$/.test(path)
    ? `name a file; for the forward ${path}, run portfwd list ${path}`
    : 'create it with portfwd add, or name another file with --config';
