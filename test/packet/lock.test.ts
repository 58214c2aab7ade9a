import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BUILT, directoryWith, GOOD } from '../support/portfwd.ts';
import { childrenOf, commandOf, signalProcess } from './lab/processes.ts';
import { until } from './lab/until.ts';

let directory: ReturnType<typeof directoryWith>;
let running: { readonly kill: () => void }[];
beforeEach(() => {
  directory = directoryWith({ 'good.yaml': GOOD });
  running = [];
});
afterEach(() => {
  for (const { kill } of running) kill();
  directory.remove();
});

/** In namespaces of its own, where we are root; with `nft` as it, where that is given. */
function start(args: readonly string[], nft?: string) {
  const real = ['/usr/sbin/nft', '/sbin/nft', '/usr/local/sbin/nft', '/usr/bin/nft'].find(existsSync) ?? 'nft';
  const mount = nft === undefined ? '' : `mount --bind ${nft} ${real};`;
  const script = `${mount} exec "$@"`;
  const words = ['--map-root-user', '--net', '--mount', 'sh', '-ec', script, 'sh', process.execPath, BUILT, ...args];
  const child = execa('unshare', words, {
    env: { PATH: process.env['PATH'] ?? '', PORTFWD_STATE_DIR: join(directory.path, 'state') },
    extendEnv: false,
    reject: false,
    detached: true,
    cwd: directory.path,
  });
  running.push({ kill: () => signalProcess(-(child.pid ?? 0), 'SIGKILL') });
  return child;
}

const holder = (): { pid: number; command: string } | undefined => {
  const path = join(directory.path, 'state', 'lock');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return text === '' ? undefined : (JSON.parse(text) as { pid: number; command: string });
};

/** A run that has the lock and goes on having it: its nft never ends. */
async function hold(): Promise<number> {
  const hung = join(directory.path, 'nft');
  writeFileSync(hung, '#!/bin/sh\ncase "$*" in *inet*) exec sleep 600 ;; esac\n', { mode: 0o755 });
  void start(['apply', 'good.yaml'], hung);
  await until('the lock is held', () => holder() !== undefined);
  return holder()?.pid ?? 0;
}

const isHungNft = (pid: number): boolean => commandOf(pid) === 'sleep 600';

const BY = /"apply good\.yaml" by \S+( \(\S+\))? \(process \d+, since \d{4}-\d\d-\d\dT[\d:.]+Z\)/.source;

test('a run that waits for the lock names its holder, and gives up after thirty seconds', async () => {
  const pid = await hold();
  const { exitCode, stdout, stderr } = await start(['down']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
  expect(stderr).toMatch(
    new RegExp(
      `^portfwd: waiting for ${BY}\nportfwd: error: ${BY} holds the lock; waited 30 seconds; wait for it to end and try again \\[locked\\]$`,
    ),
  );
  expect(stderr).toContain(`(process ${pid},`);
});

test('a killed run releases the lock: its nft, which goes on, has not inherited it', async () => {
  const pid = await hold();
  const waiting = start(['down']);
  let said = '';
  waiting.stderr.on('data', (chunk) => (said += String(chunk)));
  await until('it waits', () => said.includes('waiting'));
  expect(said).toMatch(new RegExp(`^portfwd: waiting for ${BY}\n$`));
  let nft = 0;
  await until('its nft hangs', () => (nft = childrenOf(pid).find(isHungNft) ?? 0) !== 0);
  signalProcess(pid, 'SIGKILL');
  expect((await waiting).exitCode).toBe(0);
  expect(isHungNft(nft)).toBe(true);
});

test.each(['SIGTERM', 'SIGHUP'] as const)('%s ends a run and its nft', async (signal) => {
  const pid = await hold();
  let nft = 0;
  await until('its nft hangs', () => (nft = childrenOf(pid).find(isHungNft) ?? 0) !== 0);
  signalProcess(pid, signal);
  await until('both have ended', () => commandOf(pid) === '' && commandOf(nft) === '');
});

test('a lock that cannot be opened is a failure', async () => {
  writeFileSync(join(directory.path, 'state'), '');
  expect((await start(['down'])).exitCode).toBe(3);
  expect((await start(['down', '--state-dir', '/proc/self'])).exitCode).toBe(3);
});
