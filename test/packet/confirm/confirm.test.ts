import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  CHANGE,
  expire,
  expectKept,
  expectReverted,
  isPending,
  killRunAndReverter,
  LATER,
  SOON,
  startConfirmLab,
} from '../lab/confirm-lab.ts';
import { signalProcess } from '../lab/processes.ts';
import type { Sandbox, Started } from '../lab/sandbox.ts';
import { COUNTDOWN_RUNS, onTerminal } from '../lab/terminal.ts';
import { until } from '../lab/until.ts';

const lab = startConfirmLab();
afterAll(lab.remove);

interface Kill {
  readonly name: string;
  readonly kill: (run: Started) => void;
  readonly through?: Parameters<Sandbox['start']>[1];
}

const KILLS: readonly Kill[] = [
  ...(['SIGHUP', 'SIGTERM', 'SIGINT', 'SIGKILL', 'SIGSTOP'] as const).map((signal) => ({
    name: signal,
    kill: ({ pid }: Started): void => signalProcess(pid, signal),
  })),
  ...(['SIGHUP', 'SIGKILL'] as const).map((signal) => ({
    name: `${signal} to the process group`,
    kill: ({ pid }: Started): void => signalProcess(-pid, signal),
  })),
  { name: 'the terminal hangs up', kill: ({ pid }) => signalProcess(pid, 'SIGKILL'), through: onTerminal },
];

test.concurrent.each(KILLS)('$name: the change is reverted at the deadline', async ({ name, kill, through }) => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, SOON, through);
  kill(run);
  const free = await sandbox.run(['flock', '-w', '60', join(sandbox.state, 'lock'), 'true']);
  expect(free.exitCode, 'the reverter has not inherited the lock').toBe(0);
  await until('the change is no longer pending', () => !isPending(sandbox));
  if (name === 'SIGSTOP') signalProcess(run.pid, 'SIGKILL');
  await expectReverted(prepared);
});

test.concurrent('Enter on the terminal keeps it', async () => {
  const prepared = await lab.prepare();
  const run = await lab.startChange(prepared, LATER, onTerminal);
  await run.waitForOutput(`${LATER} s`);
  await run.waitForOutput(COUNTDOWN_RUNS);
  run.type('\r');
  expect((await run.ended).exitCode).toBe(0);
  await expectKept(prepared);
});

test.concurrent('confirm in another session keeps it', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, LATER);
  const other = await sandbox.portfwd('confirm');
  expect(other).toEqual({ exitCode: 0, stdout: 'confirmed: rollback 1', stderr: '' });
  expect((await run.ended).exitCode).toBe(0);
  await expectKept(prepared);
  const again = await sandbox.portfwd('confirm');
  expect({ ...again, stderr: again.stderr.split(';')[0] }).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'portfwd: error: no change waits for confirmation',
  });
  await expectKept(prepared);
});

test.concurrent('too late: exit 6 for the run that loaded it and for confirm', async () => {
  const prepared = await lab.prepare();
  const run = await lab.startChange(prepared, SOON);
  expect((await run.ended).exitCode).toBe(6);
  expect((await prepared.sandbox.portfwd('confirm')).exitCode).toBe(6);
  await expectReverted(prepared);
});

test.concurrent('rollback reverts it at once; other changes are refused until then', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, LATER);
  for (const args of [['apply'], ['down'], ['rollback', '2'], CHANGE(SOON)]) {
    const { exitCode, stderr } = await sandbox.portfwd(...args);
    expect(`${exitCode} ${stderr}`).toMatch(
      /^5 (.*\n)?portfwd: error: "rollback 1" by \S+ waits for confirmation, \d+ s left/,
    );
  }
  expect((await sandbox.portfwd('rollback')).exitCode).toBe(0);
  expect((await run.ended).exitCode).toBe(6);
  await expectReverted(prepared);
});

test.concurrent.each(['list', 'status', 'check'])('run and reverter are killed: %s reverts it', async (command) => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, LATER);
  killRunAndReverter(run, sandbox);
  await run.ended;
  expect(isPending(sandbox)).toBe(true);
  expire(sandbox);
  expect((await sandbox.portfwd(command)).exitCode).toBe(0);
  await expectReverted(prepared);
});

test.concurrent('a reboot before it is confirmed: the file is the old one, and nothing is pending', async () => {
  const prepared = await lab.prepare();
  const { sandbox, before } = prepared;
  const run = await lab.startChange(prepared, LATER);
  killRunAndReverter(run, sandbox);
  await run.ended;
  const restarted = await lab.addSandbox(sandbox);
  for (const name of ['applied.json', 'sysctls', 'lock']) rmSync(join(sandbox.state, name));
  writeFileSync(join(sandbox.directory, 'boot_id'), 'another\n');
  const mount = `mount --bind ${sandbox.directory}/boot_id /proc/sys/kernel/random/boot_id; exec "$@"`;
  const apply = restarted.start(['apply'], (command) => ['unshare', '-m', 'sh', '-ec', mount, 'sh', ...command]);
  expect(await apply.ended).toEqual({ exitCode: 0, stdout: '1 forward loaded\n+1 ~0 -0, 0 unchanged', stderr: '' });
  expect(isPending(sandbox)).toBe(false);
  expect(await restarted.seen()).toEqual(before);
});
