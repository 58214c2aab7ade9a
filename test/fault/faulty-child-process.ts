// Stands in for node:child_process in the host room of a build for these tests.
import { basename } from 'node:path';
import { spawn as start, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { faultAt, killOurselves } from './fault.ts';

export * from 'node:child_process';

/** Milliseconds until a program that hangs is given up: portfwd itself waits a minute. */
const PATIENCE = 500;

const DELAY = Number(process.env['PORTFWD_FAULT_DELAY'] ?? 0);

export function spawn(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const action = faultAt(['run', basename(file), ...args.slice(0, 2)].join(' '));
  if (action === 'fail') return start('/bin/sh', ['-c', 'echo injected >&2; exit 1'], options);
  if (action === 'hang') return start('/bin/sleep', ['20'], { ...options, timeout: PATIENCE, killSignal: 'SIGKILL' });
  const child = start(file, args, options);
  if (action === 'kill') killOurselves();
  if (action === 'signal') setTimeout(() => child.kill('SIGKILL'), DELAY);
  return child;
}
