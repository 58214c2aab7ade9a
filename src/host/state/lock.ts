import { closeSync, constants, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { FIRST_DESCRIPTOR, run } from '../process/run.ts';
import { ensureDirectory } from './paths.ts';
import { userName } from '../process/user.ts';

/** Who holds the lock, as they said when they got it. */
export interface LockHolder {
  readonly pid: number;
  readonly user: string;
  /** The arguments. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** Seconds: until somebody is told, and in all. */
const PATIENT = 1;
const WAIT = 30;

/**
 * One run at a time. flock(1) takes the lock on the open file that it inherits, and the lock stays with us
 * when it ends; the kernel frees it however we end. Children that come later do not inherit the descriptor.
 * `onWait` is told once for whom we wait, as far as that is known.
 */
export async function withLock<T>(
  directory: string,
  work: () => Promise<T>,
  onWait: (holder: LockHolder | undefined) => void = () => {},
): Promise<T> {
  const path = join(ensureDirectory(directory), 'lock');
  const descriptor = open(path);
  try {
    if (!(await take(descriptor, PATIENT))) {
      onWait(readHolder(path));
      if (!(await take(descriptor, WAIT - PATIENT))) throw locked(readHolder(path));
    }
    leaveName(descriptor);
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

/** False: somebody else has it still. */
async function take(descriptor: number, seconds: number): Promise<boolean> {
  const { exitCode, stderr } = await run('flock', ['-w', `${seconds}`, `${FIRST_DESCRIPTOR}`], {
    descriptors: [descriptor],
  });
  if (exitCode === 0) return true;
  if (exitCode === 1 && stderr === '') return false;
  throw new Failure('tool-failed', 'the lock could not be taken', 'see what flock said', stderr);
}

/** For those who wait. Where there is no room for it they wait for somebody unknown. */
function leaveName(descriptor: number): void {
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
    // The lock itself is ours.
  }
}

/** What is written there by somebody who is gone says nothing. */
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
    `${formatHolder(holder)} holds the lock; waited ${WAIT} seconds`,
    'wait for it to end and try again',
  );
