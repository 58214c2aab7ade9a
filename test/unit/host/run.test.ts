import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../../src/host/run.ts';

test('what a tool prints on either side, and its exit code', async () => {
  const outcome = await run('sh', ['-c', 'printf "ä\\n"; printf no >&2; exit 3']);
  expect(outcome).toEqual({ exitCode: 3, signal: undefined, timedOut: false, stdout: 'ä\n', stderr: 'no' });
});

test('a tool runs in / and gets nothing of our environment', async () => {
  process.env['PORTFWD_SECRET'] = 'x';
  const { stdout } = await run('sh', ['-c', 'pwd; env | sort']);
  delete process.env['PORTFWD_SECRET'];
  expect(stdout).toBe('/\nLC_ALL=C\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nPWD=/\n');
});

test('a tool that a signal ends has no exit code', async () => {
  expect(await run('sh', ['-c', 'kill -SEGV $$'])).toMatchObject({ exitCode: undefined, signal: 'SIGSEGV' });
});

test('a tool that takes too long is killed', async () => {
  const outcome = await run('sh', ['-c', 'exec sleep 20'], { timeout: 50 });
  expect(outcome).toMatchObject({ exitCode: undefined, signal: 'SIGKILL', timedOut: true });
});

test('a tool whose output is longer than a pipe comes whole', async () => {
  const { stdout } = await run('sh', ['-c', 'seq 200000']);
  expect(stdout.split('\n')).toHaveLength(200_001);
});

/** Starts a program that tells its number in a file, and waits for it. */
const WAITER = `
  import { run } from './src/host/run.ts';
  await run('sh', ['-c', 'echo $$ >"$1".new; mv "$1".new "$1"; exec sleep 20', 'sh', process.argv[2]]);
`;

const directory = mkdtempSync(join(tmpdir(), 'portfwd-run-'));
const waiter = join(directory, 'waiter.mjs');
beforeAll(async () => {
  const resolveDir = new URL('../../..', import.meta.url).pathname;
  const stdin = { contents: WAITER, resolveDir, loader: 'ts' } as const;
  await build({ stdin, outfile: waiter, bundle: true, platform: 'node', format: 'esm' });
});
afterAll(() => rmSync(directory, { recursive: true }));

test.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('what we have started ends with us by %s', async (signal) => {
  const file = join(directory, signal);
  const us = execa(process.execPath, [waiter, file], { reject: false });
  await expect.poll(() => existsSync(file), { timeout: 10_000 }).toBe(true);
  const child = readFileSync(file, 'utf8').trim();
  us.kill(signal);
  expect(await us).toMatchObject({ signal });
  await expect.poll(() => isAlive(child)).toBe(false);
});

/** A zombie that nobody has waited for yet is not. */
function isAlive(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
