import { closeSync, constants, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { FIRST_DESCRIPTOR, run } from '../process/run.ts';
import { userName } from '../process/user.ts';
import { ensureDirectory } from './paths.ts';

/** The run that holds the lock, as it describes itself in the lock file. */
export interface LockHolder {
  readonly pid: number;
  readonly user: string;
  /** The arguments. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** Seconds before `onWait` is called, and seconds in all. */
const QUIET_SECONDS = 1;
const MAX_SECONDS = 30;

/**
 * Runs `work` while no other run holds the lock. flock(1) locks the open file that it inherits, and the lock stays with
 * this process when flock ends. The kernel releases it however this process ends. Later children do not inherit it.
 * `onWait` is called once if the lock is not free at once. Throws `locked`, `state-directory`.
 */
export async function withLock<T>(
  directory: string,
  work: () => Promise<T>,
  onWait: (holder: LockHolder | undefined) => void = () => {},
): Promise<T> {
  const path = join(ensureDirectory(directory), 'lock');
  const descriptor = open(path);
  try {
    if (!(await tryLock(descriptor, QUIET_SECONDS))) {
      onWait(readHolder(path));
      if (!(await tryLock(descriptor, MAX_SECONDS - QUIET_SECONDS))) throw locked(readHolder(path));
    }
    writeHolder(descriptor);
    return await work();
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new Failure(
      'state-directory',
      `the lock ${path} cannot be opened (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
      'run as root, or name another directory with --state-dir',
    );
  }
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

/** For the message of a run that waits. If the disk is full, that run cannot name this one. */
function writeHolder(descriptor: number): void {
  const [, , ...command] = process.argv;
  const holder: LockHolder = {
    pid: process.pid,
    user: userName(process.env),
    command: command.join(' ').slice(0, 200),
    since: new Date().toISOString(),
  };
  try {
    ftruncateSync(descriptor);
    writeSync(descriptor, `${JSON.stringify(holder)}\n`, 0);
  } catch {
    // The lock is held anyway.
  }
}

/** Undefined if the process that is named there has ended. */
function readHolder(path: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as LockHolder;
    return existsSync(`/proc/${holder.pid}`) ? holder : undefined;
  } catch {
    return undefined;
  }
}

export const formatHolder = (holder: LockHolder | undefined): string =>
  holder === undefined
    ? 'another run'
    : `"${holder.command}" by ${holder.user} (process ${holder.pid}, since ${holder.since})`;

const locked = (holder: LockHolder | undefined): Failure =>
  new Failure(
    'locked',
    `${formatHolder(holder)} holds the lock; waited ${MAX_SECONDS} seconds`,
    'wait for it to end and try again',
  );
