import { lstatSync, mkdirSync, statSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { requireWritable } from '../files/writable-directory.ts';

/** Where portfwd keeps what it must remember, and what only has to last until the next boot. */
export interface StatePaths {
  readonly stateDir: string;
  readonly runtimeDir: string;
}

/** `--state-dir` puts both in one place. */
export const statePaths = (directory?: string): StatePaths =>
  directory === undefined
    ? { stateDir: '/var/lib/portfwd', runtimeDir: '/run/portfwd' }
    : { stateDir: resolve(directory), runtimeDir: resolve(directory) };

/** Makes the directory, 0700, and refuses one that others could plant files in. */
export function ensureDirectory(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw refused(path, (error as Error).message);
  }
  refuseUnsafe(path, lstatSync(path));
  return path;
}

/** Refuses what `ensureDirectory` would refuse, and makes nothing. */
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
  if (!found.isDirectory()) throw refused(path, 'it is no directory');
  if ((found.mode & 0o022) !== 0) throw refused(path, 'others can write to it');
  refuseOpenParents(dirname(path));
}

const STICKY = 0o1000;

/** Who can write to a directory above can put another in its place, unless names in it belong to their owners. */
function refuseOpenParents(path: string): void {
  const { mode } = statSync(path);
  if ((mode & 0o002) !== 0 && (mode & STICKY) === 0) throw refused(path, 'everybody can write to it');
  if (dirname(path) !== path) refuseOpenParents(dirname(path));
}

const refused = (path: string, why: string): Failure =>
  new Failure(
    'state-directory',
    `the state directory ${path} cannot be used: ${why}`,
    'run as root, or name another directory with --state-dir',
  );
