import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { requireWritable } from '../files/writable-directory.ts';
import { findUnsafe } from './unsafe-directory.ts';

export interface StatePaths {
  /** Survives a reboot: history, pending change, record of the boot files. */
  readonly stateDir: string;
  /** Emptied at boot: lock, saved sysctls, the model that was loaded last. */
  readonly runtimeDir: string;
}

/** `--state-dir` replaces both. */
export const statePaths = (directory?: string): StatePaths =>
  directory === undefined
    ? { stateDir: '/var/lib/portfwd', runtimeDir: '/run/portfwd' }
    : { stateDir: resolve(directory), runtimeDir: resolve(directory) };

/**
 * Creates the directory with mode 0700 if needed. Refuses one in which other users could replace files. `ofTree`: it is in
 * the tree of another host.
 */
export function ensureDirectory(path: string, ofTree = false): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw refused(path, whyNot(path, error).message);
  }
  refuseUnsafe(path, ofTree);
  return path;
}

/** Throws if `ensureDirectory` would. Creates nothing. */
export function inspectDirectory(path: string): void {
  try {
    refuseUnsafe(path);
    requireWritable(path);
  } catch (error) {
    throw error instanceof Failure ? error : refused(path, (error as Error).message);
  }
}

/** On a read-only file system, mkdir of Node says that there is no such directory. */
function whyNot(path: string, error: unknown): Error {
  try {
    requireWritable(path);
    return error as Error;
  } catch (real) {
    return real as Error;
  }
}

function refuseUnsafe(path: string, ofTree = false): void {
  const unsafe = findUnsafe(path, ofTree);
  if (unsafe !== undefined) throw refused(path, unsafe.why, unsafe.remedy);
}

const refused = (path: string, why: string, remedy = 'run as root with a file system that is writable'): Failure =>
  new Failure(
    'state-directory',
    `the state directory ${path} cannot be used: ${why}`,
    `${remedy}, or name another directory with --state-dir`,
  );
