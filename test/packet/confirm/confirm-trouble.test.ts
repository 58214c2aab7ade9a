import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';
import {
  CHANGE,
  expire,
  expectKept,
  expectReverted,
  isPending,
  LATER,
  readPending,
  SOON,
  startConfirmLab,
  writePending,
} from '../lab/confirm-lab.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { childrenOf, signalProcess, untilNoProcess } from '../lab/processes.ts';
import { COUNTDOWN_RUNS, onTerminal } from '../lab/terminal.ts';
import { until } from '../lab/until.ts';

const lab = startConfirmLab();
afterAll(lab.remove);

test.concurrent('what was typed before the question does not count as an answer', async () => {
  const prepared = await lab.prepare();
  const run = prepared.sandbox.start(CHANGE(SOON), onTerminal);
  run.type('yes\r');
  expect((await run.ended).exitCode).toBe(6);
  await expectReverted(prepared);
});

/** Without SIGHUP, which would end it. */
const deafOnTerminal = (command: readonly string[]): string[] => onTerminal(['trap "" HUP; exec', ...command]);

test.concurrent('neither the end of the input nor a terminal that hangs up counts as an answer', async () => {
  const prepared = await lab.prepare();
  const run = await lab.startChange(prepared, 4 * SOON, deafOnTerminal);
  await run.waitForOutput(COUNTDOWN_RUNS);
  run.type('y\u0004\u0004');
  await run.waitForOutput(/y[^]*\r\d+ s /); // the countdown goes on
  signalProcess(run.pid, 'SIGKILL');
  await expectReverted(prepared);
});

const inBackground = (command: readonly string[]): string[] => onTerminal(['set -m;', ...command, '& wait $!']);

test.concurrent('in the background it does not read from the terminal, which would stop it', async () => {
  const prepared = await lab.prepare();
  const run = await lab.startChange(prepared, SOON, inBackground);
  run.type('\r');
  expect((await run.ended).exitCode).toBe(6);
  await expectReverted(prepared);
});

test.concurrent.each(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const)(
  '%s to the process group of the rollback timer does not end it',
  async (signal) => {
    const prepared = await lab.prepare();
    const run = await lab.startChange(prepared, SOON);
    const { reverter } = readPending(prepared.sandbox) as { readonly reverter: { readonly pid: number } };
    process.kill(-reverter.pid, signal);
    signalProcess(run.pid, 'SIGKILL');
    await expectReverted(prepared);
  },
);

test.concurrent('killed after it was confirmed: the reverter finishes', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, SOON);
  writePending(sandbox, JSON.stringify({ ...readPending(sandbox), confirmed: true }));
  signalProcess(run.pid, 'SIGKILL');
  await until('the change is no longer pending', () => !isPending(sandbox));
  await expectKept(prepared);
  expect((await sandbox.portfwd('history')).stdout).toMatch(/\n3 .* rollback 1 .*\(loaded\)$/);
});

test.concurrent('nothing can be written: confirm is refused, and the change is reverted', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, LATER);
  rmSync(join(sandbox.state, 'history'), { recursive: true });
  writeFileSync(join(sandbox.state, 'history'), '');
  const { exitCode, stderr } = await sandbox.portfwd('confirm');
  expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: expect.stringMatching('state-directory') });
  expire(sandbox);
  await sandbox.portfwd('status');
  expect((await run.ended).exitCode).toBe(6);
  await expectReverted(prepared);
});

test.concurrent('a damaged window.json: status works, changes are refused, and the change is reverted', async () => {
  const prepared = await lab.prepare();
  const { sandbox, before } = prepared;
  const run = await lab.startChange(prepared, SOON);
  writePending(sandbox, '{"id":');
  expect((await run.ended).exitCode).toBe(3);
  expect((await sandbox.portfwd('status')).stderr).toMatch(/damaged/);
  for (const command of ['apply', 'confirm', 'rollback'])
    expect((await sandbox.portfwd(command)).exitCode, command).toBe(3);
  await untilNoProcess(sandbox.name);
  expect(await sandbox.seen()).toEqual(before);
});

test.concurrent('in another network namespace with the same state nothing can be confirmed or reverted', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, LATER);
  const other = await lab.addSandbox(sandbox);
  expect((await other.portfwd('list')).exitCode).toBe(0);
  expect((await other.portfwd('rollback')).exitCode).toBe(5);
  expect((await other.portfwd('confirm')).exitCode).toBe(4);
  expect(isPending(sandbox)).toBe(true);
  expect((await sandbox.portfwd('rollback')).exitCode).toBe(0);
  expect((await run.ended).exitCode).toBe(6);
  await expectReverted(prepared);
});

test.concurrent('portfwd and its lock are gone at the deadline: nft alone reverts the change', async () => {
  const prepared = await lab.prepare();
  const { sandbox, before } = prepared;
  const copy = join(sandbox.directory, 'dist');
  cpSync(dirname(PORTFWD_COMMAND[1]), copy, { recursive: true });
  const run = await lab.startChange(prepared, SOON, ([node = '', , ...args]) => [
    node,
    join(copy, 'portfwd.js'),
    ...args,
  ]);
  signalProcess(run.pid, 'SIGKILL');
  for (const path of [copy, join(sandbox.state, 'lock')]) rmSync(path, { recursive: true });
  mkdirSync(join(sandbox.state, 'lock'));
  await untilNoProcess(sandbox.name);
  expect(await sandbox.seen()).toEqual(before);
  rmSync(join(sandbox.state, 'lock'), { recursive: true });
  expect((await sandbox.portfwd('confirm')).exitCode).toBe(6);
  await expectReverted(prepared);
});

test.concurrent('a reverter whose sleep is killed waits on', async () => {
  const prepared = await lab.prepare();
  const { sandbox, after, before } = prepared;
  const run = await lab.startChange(prepared, LATER);
  const { pid } = readPending(sandbox).reverter;
  const [sleep = 0] = childrenOf(pid);
  signalProcess(sleep, 'SIGKILL');
  await until('the reverter sleeps again', () => childrenOf(pid).some((other) => other !== sleep));
  expect(await sandbox.seen()).toEqual({ ...after, file: before.file });
  expect((await sandbox.portfwd('confirm')).exitCode).toBe(0);
  expect((await run.ended).exitCode).toBe(0);
  await expectKept(prepared);
});

test.concurrent('rollback after the deadline changes nothing more', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, SOON);
  await run.ended;
  const { exitCode, stderr } = await sandbox.portfwd('rollback');
  expect({ exitCode, stderr }).toEqual({ exitCode: 6, stderr: expect.stringMatching('was reverted already') });
  await expectReverted(prepared);
  expect((await sandbox.portfwd('rollback', '1')).exitCode).toBe(0);
  await expectKept(prepared);
});

test.concurrent('the table is flushed: confirm is refused, and rollback loads the old one', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  await lab.startChange(prepared, LATER);
  await sandbox.run(['nft', 'flush', 'ruleset']);
  const { exitCode, stderr } = await sandbox.portfwd('confirm');
  expect({ exitCode, stderr }).toEqual({ exitCode: 4, stderr: expect.stringMatching('cannot be confirmed') });
  expect((await sandbox.portfwd('rollback')).exitCode).toBe(0);
  await expectReverted(prepared);
});

test.concurrent('nothing is loaded that could not be reverted', async () => {
  const prepared = await lab.prepare();
  const { sandbox, before } = prepared;
  const applied = join(sandbox.state, 'applied.json');
  const text = readFileSync(applied, 'utf8');
  const model = Buffer.from('version: 1\nforwards: [{ listen: 1, target: 10.0.0.2, ancient: true }]\n');
  const broken = { ...(JSON.parse(text) as object), model: model.toString('base64') };
  writeFileSync(applied, JSON.stringify(broken));
  expect(await sandbox.portfwd(...CHANGE(SOON))).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(/no-way-back/),
  });
  rmSync(applied);
  rmSync(join(sandbox.state, 'history', '000002.json'));
  expect(await sandbox.portfwd(...CHANGE(SOON))).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(/no-way-back/),
  });
  expect(await sandbox.seen()).toEqual(before);
  await expectReverted(prepared);
});

test.concurrent('a load that fails halfway is reverted at once', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const nft = (await execa('which', ['nft'])).stdout;
  copyFileSync(nft, join(sandbox.directory, 'nft'));
  const script = `#!/bin/sh\n"${sandbox.directory}/nft" "$@" || exit\n[ "$1 $2" != "-j -f" ] || [ -e "${sandbox.directory}/once" ] || { touch "${sandbox.directory}/once"; exit 1; }\n`;
  writeFileSync(join(sandbox.directory, 'wrapper'), script, { mode: 0o755 });
  const mount = `mount --bind ${sandbox.directory}/wrapper ${nft}; exec "$@"`;
  const run = sandbox.start(CHANGE(LATER), (command) => ['unshare', '-m', 'sh', '-ec', mount, 'sh', ...command]);
  expect((await run.ended).exitCode).toBe(4);
  await expectReverted(prepared);
});
