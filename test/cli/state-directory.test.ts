import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { directoryWith, GOOD, portfwd, runIn } from '../support/portfwd.ts';

const { path: cwd, remove } = directoryWith({ 'good.yaml': GOOD });
beforeAll(async () => {
  await runIn(cwd, 'sh', ['-c', 'mkdir -m 700 inside && mkfifo fifo inside/history']);
  const listen = "require('net').createServer().listen('socket', () => process.kill(process.pid, 'SIGKILL'))";
  await runIn(cwd, process.execPath, ['-e', listen]);
  symlinkSync('loop', join(cwd, 'loop'));
  symlinkSync('gone', join(cwd, 'nowhere'));
});
afterAll(remove);

test.each([
  ['good.yaml', 'it is a file'],
  ['good.yaml/x', 'good.yaml is a file'],
  ['fifo', 'it is a pipe'],
  ['/dev/null', 'it is a device'],
  ['loop', 'it is a symbolic link that points back to itself'],
  ['nowhere/x', 'nowhere is a symbolic link to nothing'],
  ['socket', 'it is a socket'],
  ['/proc', 'the kernel makes the files there, and keeps no others'],
  ['/proc/nowhere/x', 'the kernel makes the files there, and keeps no others'],
  ['/sys/kernel', 'the kernel makes the files there, and keeps no others'],
])('the state directory %s: every command says %s, and what to do, and moves nothing away', async (directory, why) => {
  for (const words of [
    'confirm',
    'down',
    'history',
    'revert-expired',
    'revert-pending',
    'rollback',
    'status',
    'diff 1',
    'enable',
    'plan good.yaml',
  ]) {
    const { exitCode, stdout, stderr } = await portfwd(cwd, [...words.split(' '), '--state-dir', directory]);
    expect({ words, exitCode, stdout }).toEqual({ words, exitCode: 3, stdout: '' });
    expect(stderr).toContain(`${why}; name a directory with --state-dir`);
    expect(stderr.split('\n')).toHaveLength(2);
  }
});

test('a pipe in the place of the history: only commands that need the history are refused', async () => {
  for (const words of ['history', 'rollback', 'diff 1']) {
    const { exitCode, stdout, stderr } = await portfwd(cwd, [...words.split(' '), '--state-dir', 'inside']);
    expect({ words, exitCode, stdout }).toEqual({ words, exitCode: 3, stdout: '' });
    expect(stderr).toContain('inside/history cannot be used: it is a pipe; name a directory with --state-dir');
  }
  expect(await portfwd(cwd, ['revert-expired', '--state-dir', 'inside'])).toMatchObject({ exitCode: 0 });
});
