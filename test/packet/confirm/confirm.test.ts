import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { until, type Sandbox, type Started } from '../lab/sandbox.ts';
import {
  another,
  backTo,
  CHANGE,
  count,
  isOpen,
  keptIn,
  LATER,
  onTerminal,
  open,
  prepare,
  removeSandboxes,
  reverterOf,
  SOON,
} from '../lab/confirm-lab.ts';

afterAll(removeSandboxes);

interface Kill {
  readonly name: string;
  readonly kill: (run: Started) => void;
  readonly through?: Parameters<Sandbox['start']>[1];
}

const KILLS: readonly Kill[] = [
  ...(['SIGHUP', 'SIGTERM', 'SIGINT', 'SIGKILL', 'SIGSTOP'] as const).map((signal) => ({
    name: signal,
    kill: ({ pid }: Started): void => void process.kill(pid, signal),
  })),
  ...(['SIGHUP', 'SIGKILL'] as const).map((signal) => ({
    name: `${signal} of the process group`,
    kill: ({ pid }: Started): void => void process.kill(-pid, signal),
  })),
  { name: 'the terminal hangs up', kill: ({ pid }) => process.kill(pid, 'SIGKILL'), through: onTerminal },
];

test.concurrent.each(KILLS)('$name: everything goes back when the time is over', async ({ name, kill, through }) => {
  const prepared = await prepare();
  const run = await open(prepared, SOON, through);
  count.kills += 1;
  kill(run);
  const free = await prepared.sandbox.run(['flock', '-w', '10', join(prepared.sandbox.state, 'lock'), 'true']);
  expect(free.exitCode, 'the reverter has not inherited the lock').toBe(0);
  await until('the window closes', () => !isOpen(prepared.sandbox));
  if (name === 'SIGSTOP') process.kill(run.pid, 'SIGKILL');
  await backTo(prepared);
});

test.concurrent('Enter on the terminal keeps it', async () => {
  const prepared = await prepare();
  const run = await open(prepared, LATER, onTerminal);
  await run.says(`${LATER} s`);
  await until('the countdown goes on', async () => run.says(`${LATER - 1} s`).then(() => true));
  run.type('\r');
  expect((await run.ended).exitCode).toBe(0);
  await keptIn(prepared);
});

test.concurrent('confirm in another session keeps it, and so it stays', async () => {
  const prepared = await prepare();
  const { sandbox } = prepared;
  const run = await open(prepared, LATER);
  const other = await sandbox.portfwd('confirm');
  expect(other).toEqual({ exitCode: 0, stdout: 'confirmed: rollback 1', stderr: '' });
  expect((await run.ended).exitCode).toBe(0);
  await keptIn(prepared);
  const again = await sandbox.portfwd('confirm');
  expect({ ...again, stderr: again.stderr.split(';')[0] }).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'portfwd: error: no change waits for confirmation',
  });
  await keptIn(prepared);
});

test.concurrent('too late: exit 6 for who loaded it and for who confirms it', async () => {
  const prepared = await prepare();
  const run = await open(prepared, SOON);
  expect((await run.ended).exitCode).toBe(6);
  expect((await prepared.sandbox.portfwd('confirm')).exitCode).toBe(6);
  await backTo(prepared);
});

test.concurrent('rollback ends it at once; nothing else is changed meanwhile', async () => {
  const prepared = await prepare();
  const { sandbox } = prepared;
  const run = await open(prepared, LATER);
  for (const args of [['apply'], ['down'], ['rollback', '2'], CHANGE(SOON)]) {
    const { exitCode, stderr } = await sandbox.portfwd(...args);
    expect(`${exitCode} ${stderr}`).toMatch(
      /^5 (.*\n)?portfwd: error: "rollback 1" by \S+ waits for confirmation, \d+ s left/,
    );
  }
  expect((await sandbox.portfwd('rollback')).exitCode).toBe(0);
  expect((await run.ended).exitCode).toBe(6);
  await backTo(prepared);
});

test.concurrent.each(['list', 'status', 'check'])('nobody is left to go back: %s does it', async (command) => {
  const prepared = await prepare();
  const { sandbox } = prepared;
  const run = await open(prepared, SOON);
  for (const pid of [run.pid, reverterOf(sandbox)]) process.kill(-pid, 'SIGKILL');
  count.kills += 2;
  await run.ended;
  await sandbox.run(['sleep', `${SOON}`]);
  expect(isOpen(sandbox)).toBe(true);
  expect((await sandbox.portfwd(...command.split(' '))).exitCode).toBe(0);
  await backTo(prepared);
});

test.concurrent('a restart in the meantime: the file is the old one, and the window is over', async () => {
  const prepared = await prepare();
  const { sandbox, before } = prepared;
  const run = await open(prepared, LATER);
  for (const pid of [run.pid, reverterOf(sandbox)]) process.kill(-pid, 'SIGKILL');
  await run.ended;
  const restarted = await another(sandbox);
  for (const name of ['applied.json', 'sysctls', 'lock']) rmSync(join(sandbox.state, name));
  writeFileSync(join(sandbox.directory, 'boot_id'), 'another\n');
  const mount = `mount --bind ${sandbox.directory}/boot_id /proc/sys/kernel/random/boot_id; exec "$@"`;
  const apply = restarted.start(['apply'], (command) => ['unshare', '-m', 'sh', '-ec', mount, 'sh', ...command]);
  expect(await apply.ended).toEqual({ exitCode: 0, stdout: '1 forward loaded', stderr: '' });
  expect(isOpen(sandbox)).toBe(false);
  expect(await restarted.seen()).toEqual(before);
});
