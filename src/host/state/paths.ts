import { lstatSync, mkdirSync, statSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { requireWritable } from '../files/writable-directory.ts';

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

/** Creates the directory with mode 0700 if needed. Refuses one in which other users could create files. */
export function ensureDirectory(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw refused(path, (error as Error).message);
  }
  refuseUnsafe(path, lstatSync(path));
  return path;
}

/** Throws if `ensureDirectory` would. Creates nothing. */
export function inspectDirectory(path: string): void {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found !== undefined) refuseUnsafe(path, found);
    requireWritable(path);
  } catch (error) {
    throw error instanceof Failure ? error : refused(path, (error as Error).message);
  }
}

function refuseUnsafe(path: string, found: Stats): void {
  if (!found.isDirectory()) throw refused(path, 'it is not a directory', 'move it away');
  if ((found.mode & 0o022) !== 0) throw refused(path, 'other users can write to it', `run chmod go-w ${path}`);
  for (let parent = path; parent !== dirname(parent);) {
    parent = dirname(parent);
    if (isOpen(statSync(parent).mode))
      throw refused(path, `all users can write to ${parent}`, `run chmod o-w ${parent}`);
  }
}

const STICKY = 0o1000;

/** In such a directory any user can replace what another user created; not if it is sticky, as /tmp is. */
const isOpen = (mode: number): boolean => (mode & 0o002) !== 0 && (mode & STICKY) === 0;

const refused = (path: string, why: string, remedy = 'run as root with a file system that is writable'): Failure =>
  new Failure(
    'state-directory',
    `the state directory ${path} cannot be used: ${why}`,
    `${remedy}, or name another directory with --state-dir`,
  );
