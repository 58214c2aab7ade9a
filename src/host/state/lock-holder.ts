import { existsSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import * as z from 'zod/mini';
import { readRegularFile } from '../files/regular-file.ts';
import { userName } from '../process/user.ts';
import { isOwnLock } from './own-files.ts';

/** The run that holds the lock, as it describes itself in the lock file. */
export interface LockHolder {
  readonly pid: number;
  readonly user: string;
  /** The arguments. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/**
 * For the message of a run that waits. If the disk is full, or if the file is that of another program, that run cannot name
 * this one.
 */
export function writeHolder(descriptor: number, path: string): void {
  if (fstatSync(descriptor).size > 0 && !isOwnLock(path)) return;
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

const SCHEMA = z.object({ pid: z.int(), user: z.string(), command: z.string(), since: z.string() });

/** Undefined if the process that is named there has ended. */
export function readHolder(path: string): LockHolder | undefined {
  try {
    const holder = SCHEMA.parse(JSON.parse(readRegularFile(path).toString('utf8')));
    return existsSync(`/proc/${holder.pid}`) ? holder : undefined;
  } catch {
    return undefined;
  }
}

export const formatHolder = (holder: LockHolder | undefined): string =>
  holder === undefined
    ? 'another run'
    : `"${holder.command}" by ${holder.user} (process ${holder.pid}, since ${holder.since})`;
