// Replaces execa in src/host, in a build for these tests.
import { basename } from 'node:path';
import { execa as start, type Options } from 'execa';
import { faultAt, killOurselves } from './fault.ts';

/** Milliseconds that portfwd waits here for a program that hangs. */
const PATIENCE = 500;

const DELAY = Number(process.env['PORTFWD_FAULT_DELAY'] ?? 0);

export function execa(file: string, args: readonly string[], options: Options) {
  const action = faultAt(['run', basename(file), ...args.slice(0, 2)].join(' '));
  if (action === 'fail') return start('/bin/sh', ['-c', 'echo injected >&2; exit 1'], options);
  if (action === 'hang') return start('/bin/sleep', ['20'], { ...options, timeout: PATIENCE });
  const child = start(file, args, options);
  if (action === 'kill') killOurselves();
  if (action === 'signal') setTimeout(() => child.kill('SIGKILL'), DELAY);
  return child;
}
