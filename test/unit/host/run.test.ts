import { closeSync, openSync, readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { FIRST_DESCRIPTOR, run } from '../../../src/host/process/run.ts';
import { signalProcess } from '../../packet/lab/processes.ts';
import { directoryWith } from '../../support/portfwd.ts';

const { path, remove } = directoryWith({ 'some.txt': 'from a file\n', 'output.txt': '' });
afterAll(remove);

const shell = async (script: string, options?: Parameters<typeof run>[2]) => run('sh', ['-c', script], options);

test('what a tool prints, and how it ends', async () => {
  expect(await shell('printf "ä\\n\\n"; echo no >&2; exit 3')).toEqual({
    exitCode: 3,
    signal: undefined,
    timedOut: false,
    stdout: 'ä\n\n',
    stderr: 'no\n',
  });
  expect(await shell('kill -USR1 $$')).toMatchObject({ exitCode: undefined, signal: 'SIGUSR1', timedOut: false });
});

test('a character that comes in two parts', async () => {
  expect((await shell("printf '\\303'; sleep 0.2; printf '\\244'")).stdout).toBe('ä');
});

test('a long input and output', async () => {
  const input = 'äöü\n'.repeat(500_000);
  expect((await shell('cat', { input })).stdout === input).toBe(true);
  // The tool ends before it has read it.
  expect(await shell('exit 4', { input })).toMatchObject({ exitCode: 4 });
});

test('the environment and the directory are always the same, and there is no input', async () => {
  const { stdout } = await shell('env | grep -v "^PWD=\\|^_="; pwd; cat');
  expect(stdout.split('\n').sort()).toEqual(['', '/', 'LC_ALL=C', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin']);
});

test('open files for it', async () => {
  const [input, output] = [openSync(`${path}/some.txt`, 'r'), openSync(`${path}/output.txt`, 'w')];
  try {
    const outcome = await shell(`cat <&${FIRST_DESCRIPTOR}; echo done >&2`, { descriptors: [input], output });
    expect(outcome).toMatchObject({ exitCode: 0, stdout: '', stderr: 'done\n' });
    expect(readFileSync(`${path}/output.txt`, 'utf8')).toBe('from a file\n');
  } finally {
    closeSync(input);
    closeSync(output);
  }
});

test('a tool that takes too long is killed, and what it started is not waited for', async () => {
  const outcome = await shell('sleep 100 & echo $!; wait', { timeout: 300 });
  signalProcess(Number(outcome.stdout), 'SIGKILL');
  expect(outcome).toMatchObject({ exitCode: undefined, signal: 'SIGKILL', timedOut: true });
});

test('what a tool started and left behind is not waited for either', async () => {
  const outcome = await shell('sleep 100 & echo $!', { timeout: 300 });
  signalProcess(Number(outcome.stdout), 'SIGKILL');
  expect(outcome).toMatchObject({ exitCode: 0, timedOut: false });
});

test('a tool that cannot be started', async () => {
  const tooLong = 'x'.repeat(1_000_000);
  expect(await run('sh', ['-c', tooLong])).toEqual({
    exitCode: undefined,
    signal: undefined,
    timedOut: false,
    stdout: '',
    stderr: expect.stringContaining('E2BIG') as string,
  });
  const notOpen = 999_999;
  expect(await shell('true', { descriptors: [notOpen] })).toMatchObject({
    exitCode: undefined,
    stderr: expect.stringContaining('EBADF') as string,
  });
});
