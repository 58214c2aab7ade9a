import { Failure } from '../../../failure/failure.ts';
import { requireWritable } from '../../files/writable-directory.ts';
import { makeDirectories, requireDirectory } from './obstacle.ts';
import { findUnsafe } from './unsafe.ts';

/**
 * Creates the directory with mode 0700 if needed. Refuses one in which other users could replace files. `ofTree`: it is in
 * the tree of another host.
 */
export function ensureDirectory(path: string, ofTree = false): string {
  requireDirectory(path);
  try {
    makeDirectories(path);
  } catch (error) {
    throw refused(path, whyNot(path, error).message);
  }
  refuseUnsafe(path, ofTree);
  return path;
}

/** Throws if `ensureDirectory` would. Creates nothing. */
export function inspectDirectory(path: string): void {
  requireDirectory(path);
  try {
    refuseUnsafe(path);
    requireWritable(path);
  } catch (error) {
    throw error instanceof Failure ? error : refused(path, (error as Error).message);
  }
}

/** Names the directory that cannot be written to, if that is why. */
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
  if (unsafe === undefined) return;
  const { why, remedy } = unsafe;
  throw remedy === undefined ? failure(path, why, ANOTHER) : refused(path, why, remedy);
}

const ANOTHER = 'name with --state-dir a directory that only root can change, such as one in /var/lib';

const refused = (path: string, why: string, remedy = 'run as root with a file system that is writable'): Failure =>
  failure(path, why, `${remedy}, or name another directory with --state-dir`);

const failure = (path: string, why: string, remedy: string): Failure =>
  new Failure('state-directory', `the state directory ${path} cannot be used: ${why}`, remedy);
