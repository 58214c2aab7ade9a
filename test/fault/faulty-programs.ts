// Replaces node:child_process in src/host, in a build for these tests.
import { spawn as start, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { basename } from 'node:path';
import { faultAt, killOurselves } from './fault.ts';

/** Milliseconds after which a program that hangs is killed, as by portfwd itself. */
const PATIENCE = 500;

const DELAY = Number(process.env['PORTFWD_FAULT_DELAY'] ?? 0);

export function spawn(file: string, args: readonly string[], options: SpawnOptions) {
  const action = faultAt(['run', basename(file), ...args.slice(0, 2)].join(' '));
  if (action === 'fail') return start('/bin/sh', ['-c', 'echo injected >&2; exit 1'], options);
  const child = action === 'hang' ? start('/bin/sleep', ['20'], options) : start(file, args, options);
  if (action === 'hang') setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  if (action === 'kill') killOurselves();
  if (action === 'signal') setTimeout(() => endFromOutside(child), DELAY);
  return child;
}

/** Not by its method `kill`, which portfwd itself uses. */
function endFromOutside({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(pid, 'SIGKILL');
}
