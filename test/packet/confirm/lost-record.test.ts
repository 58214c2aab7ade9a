import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CHANGE, expectReverted, readPending, SOON, startConfirmLab } from '../lab/confirm-lab.ts';
import { signalProcess, untilNoProcess } from '../lab/processes.ts';
import type { Sandbox } from '../lab/sandbox.ts';

const lab = startConfirmLab();
afterAll(lab.remove);

test.concurrent.each([
  ['the directory of the state', (sandbox: Sandbox) => sandbox.state],
  ['the record of the change', (sandbox: Sandbox) => join(sandbox.state, 'window.json')],
])('%s is deleted: the change is reverted anyway', async (_, path) => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, 4 * SOON);
  rmSync(path(sandbox), { recursive: true });
  const { exitCode, stderr } = await run.ended;
  expect({ exitCode, stderr }).toEqual({
    exitCode: 6,
    stderr: expect.stringContaining('the record of this change was lost'),
  });
  await expectReverted(prepared);
});

test.concurrent('the state is deleted and the run is killed: the reverter still has the ruleset', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, 4 * SOON);
  signalProcess(run.pid, 'SIGKILL');
  rmSync(sandbox.state, { recursive: true });
  await expectReverted(prepared);
});

test.concurrent('the state and the reverter are gone: the run that waits reverts the change', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, 4 * SOON);
  signalProcess(-readPending(sandbox).reverter.pid, 'SIGKILL');
  rmSync(join(sandbox.state, 'window.json'));
  expect(await run.ended).toMatchObject({ exitCode: 6 });
  await expectReverted(prepared);
});

test.concurrent('the state is deleted, and another program replaces the table: nothing is promised', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, 4 * SOON);
  signalProcess(-readPending(sandbox).reverter.pid, 'SIGKILL');
  rmSync(sandbox.state, { recursive: true });
  await sandbox.run(['nft', 'flush ruleset; add table inet portfwd']);
  const { exitCode, stderr } = await run.ended;
  expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: expect.stringContaining('is not as it was before') });
});

test.concurrent('a state that is deleted does not undo what was loaded after it', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, 4 * SOON);
  signalProcess(run.pid, 'SIGKILL');
  rmSync(sandbox.state, { recursive: true });
  sandbox.write('version: 1\nforwarding: ignore\nforwards:\n  - "10.0.0.1:6002:10.0.0.4:5000"\n');
  expect(await sandbox.portfwd('apply')).toMatchObject({ exitCode: 0 });
  await untilNoProcess(sandbox.name);
  expect((await sandbox.seen()).ruleset).toContain('6002');
});

test.concurrent('after a flush by another program the end of the time restores what was loaded', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, 4 * SOON);
  await sandbox.run(['nft', 'flush', 'ruleset']);
  expect((await run.ended).exitCode).toBe(6);
  await expectReverted(prepared);
});

test.concurrent('what was flushed before the change is not loaded when it is reverted', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  await sandbox.run(['nft', 'flush', 'ruleset']);
  const before = await sandbox.seen();
  expect(await sandbox.portfwd(...CHANGE(SOON))).toMatchObject({ exitCode: 6 });
  expect(await sandbox.seen()).toEqual(before);
});
