import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.ts';
import { run } from './run.ts';
import { ensureDirectory } from './state-paths.ts';

/** Seconds. */
const WAIT = 10;

/**
 * One run at a time. flock(1) takes the lock on the open file that it inherits, and the lock stays with us
 * when it ends; the kernel frees it however we end. Children that come later do not inherit the descriptor.
 */
export async function withLock<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const path = join(ensureDirectory(directory), 'lock');
  const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    const { exitCode, stderr } = await run('flock', ['-w', `${WAIT}`, '0'], { descriptor });
    if (exitCode !== 0) throw locked(path, stderr);
    ftruncateSync(descriptor);
    writeSync(descriptor, `${process.pid}\n`, 0);
    return await work();
  } finally {
    closeSync(descriptor);
  }
}

function locked(path: string, said: string): Failure {
  const holder = readFileSync(path, 'utf8').trim();
  const who = holder === '' ? '' : ` (process ${holder})`;
  return new Failure(
    'locked',
    `another run of portfwd holds the lock${who}; waited ${WAIT} seconds`,
    'wait for it to end and try again',
    said,
  );
}
