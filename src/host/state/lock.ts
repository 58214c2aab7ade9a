import { closeSync, constants, existsSync, fstatSync, openSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { FIRST_DESCRIPTOR, run } from '../process/run.ts';
import { formatHolder, readHolder, writeHolder, type LockHolder } from './lock-holder.ts';
import { NOT_REGULAR } from '../files/regular-file.ts';
import { ensureDirectory } from './directory/state-directory.ts';
import { stateFailure } from './state-file.ts';

/** Seconds before `onWait` is called, and seconds in all. */
const QUIET_SECONDS = 1;
const MAX_SECONDS = 30;

/**
 * Runs `work` while no other run holds the lock of the state directory, and none with another state directory changes this
 * network namespace. flock(1) locks the open file that it inherits, and the lock stays with this process when flock ends. The kernel releases it however this process ends. Later children do not inherit it.
 * `onWait` is called once if the lock is not free at once. Throws `locked`, `state-directory`. With `onNoLock`, the work
 * is done without the lock if there can be none: the disk is full or read-only, or the path is not that of a file.
 */
export async function withLock<T>(
  directory: string,
  work: () => Promise<T>,
  onWait: (holder: LockHolder | undefined) => void = () => {},
  onNoLock?: (failure: Failure) => void,
): Promise<T> {
  const path = join(directory, 'lock');
  return whileLocked(path, openLock(path, onNoLock), onWait, async () => {
    const ofNetwork = networkLock();
    return whileLocked(ofNetwork, openIfPossible(ofNetwork), onWait, work);
  });
}

/** Without a descriptor, the work is done without a lock. */
async function whileLocked<T>(
  path: string,
  descriptor: number | undefined,
  onWait: (holder: LockHolder | undefined) => void,
  work: () => Promise<T>,
): Promise<T> {
  if (descriptor === undefined) return work();
  try {
    if (!(await tryLock(descriptor, QUIET_SECONDS))) {
      onWait(readHolder(path));
      if (!(await tryLock(descriptor, MAX_SECONDS - QUIET_SECONDS))) throw locked(readHolder(path));
    }
    writeHolder(descriptor, path);
    return await work();
  } finally {
    closeSync(descriptor);
  }
}

/** Not /proc/self/ns/net itself: every user can lock that. */
export const networkLock = (): string => `/run/portfwd-${readlinkSync('/proc/self/ns/net').replaceAll(/\D/g, '')}.lock`;

/** In a user namespace, root may not write to /run. */
function openIfPossible(path: string): number | undefined {
  try {
    return open(path, constants.O_RDWR | constants.O_CREAT);
  } catch {
    return undefined;
  }
}

/** On a read-only disk, a lock that is there already can be locked too. Undefined: there is none. */
function openLock(path: string, onNoLock: ((failure: Failure) => void) | undefined): number | undefined {
  try {
    ensureDirectory(dirname(path));
    return open(path, constants.O_RDWR | constants.O_CREAT);
  } catch (error) {
    if (onNoLock === undefined || !isImpossible(error)) throw error;
    return openToRead(path, error, onNoLock);
  }
}

function openToRead(path: string, cause: Failure, onNoLock: (failure: Failure) => void): number | undefined {
  if (existsSync(path) && statSync(path).isFile()) return open(path, constants.O_RDONLY);
  onNoLock(cause);
  return undefined;
}

const isImpossible = (error: unknown): error is Failure =>
  error instanceof Failure &&
  /\b(?:EROFS|ENOSPC|EDQUOT|EPERM|EISDIR|ELOOP|ENXIO)\b|\(not a regular file\)/.test(error.message);

function open(path: string, flags: number): number {
  try {
    const descriptor = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
    if (fstatSync(descriptor).isFile()) return descriptor;
    closeSync(descriptor);
  } catch (error) {
    throw stateFailure(path, error);
  }
  throw stateFailure(path, { code: NOT_REGULAR });
}

/** False if another process still holds the lock after these seconds. */
async function tryLock(descriptor: number, seconds: number): Promise<boolean> {
  const { exitCode, stderr } = await run('flock', ['-w', `${seconds}`, `${FIRST_DESCRIPTOR}`], {
    descriptors: [descriptor],
  });
  if (exitCode === 0) return true;
  if (exitCode === 1 && stderr === '') return false;
  throw new Failure('tool-failed', 'flock could not lock the state directory', 'see its message below', stderr);
}

const locked = (holder: LockHolder | undefined): Failure =>
  new Failure(
    'locked',
    `${formatHolder(holder)} holds the lock; waited ${MAX_SECONDS} seconds`,
    'wait for it to end and try again',
  );
