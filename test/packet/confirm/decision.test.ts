import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CHANGE, expectKept, expectReverted, isPending, LATER, startConfirmLab } from '../lab/confirm-lab.ts';
import { signalProcess } from '../lab/processes.ts';
import { replacing } from '../lab/replacing.ts';
import { until } from '../lab/until.ts';

const lab = startConfirmLab();
afterAll(lab.remove);

test.concurrent('the time begins with the question, however long the load takes', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const seconds = 8;
  const slow = await replacing(sandbox, 'nft', `[ "$1 $2" != "-j -f" ] || sleep ${seconds + 1}`);
  const run = sandbox.start(CHANGE(seconds), slow);
  await run.waitForOutput(`reverting in ${seconds} s`);
  expect((await run.ended).exitCode).toBe(6);
  await expectReverted(prepared);
});

test.concurrent('nor do old flows take any of it: they end beside the question', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const slow = await replacing(sandbox, 'conntrack', 'touch asked; until [ -e go ]; do sleep 0.1; done');
  const run = sandbox.start(CHANGE(LATER), slow);
  await run.waitForOutput(`reverting in ${LATER} s`);
  await until('the flows are read', () => existsSync(join(sandbox.directory, 'asked')));
  writeFileSync(join(sandbox.directory, 'go'), '');
  expect(await sandbox.portfwd('confirm')).toMatchObject({ exitCode: 0 });
  expect((await run.ended).exitCode).toBe(0);
  await expectKept(prepared);
});

test.concurrent('confirm ends the flows that are left, since the run that waited may be gone', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const stuck = await replacing(sandbox, 'conntrack', 'touch asked; sleep 600');
  const run = sandbox.start(CHANGE(LATER), stuck);
  await until('the flows are read', () => existsSync(join(sandbox.directory, 'asked')));
  signalProcess(-run.pid, 'SIGKILL');
  // Of the forward that is gone.
  const flow = ['-p', 'tcp', '-s', '192.0.2.9', '-d', '10.0.0.1', '--sport', '40000', '--dport', '6000'];
  const reply = ['-r', '10.0.0.2', '-q', '192.0.2.9', '--reply-port-src', '5000', '--reply-port-dst', '40000'];
  const flows = async () => (await sandbox.run(['conntrack', '-L'])).stdout;
  await sandbox.run(['conntrack', '-I', ...flow, ...reply, '-t', '600', '--state', 'ESTABLISHED']);
  expect(await flows()).toContain('192.0.2.9');
  expect(await sandbox.portfwd('confirm')).toMatchObject({ exitCode: 0 });
  expect(await flows()).not.toContain('192.0.2.9');
  await expectKept(prepared);
});

test.concurrent('the decision is on disk before the boot files are proved: a confirm that is killed then counts', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, LATER);
  // The first program after the decision reads the marker again.
  const dying = await replacing(
    sandbox,
    'nft',
    'case "$*" in *"list chains"*) [ ! -e first ] || { touch second; sleep 600; }; touch first;; esac',
  );
  const confirm = sandbox.start(['confirm'], dying);
  await until('it reads the marker again', () => existsSync(join(sandbox.directory, 'second')));
  expect(readFileSync(join(sandbox.state, 'window.json'), 'utf8')).toContain('"confirmed":true');
  signalProcess(-confirm.pid, 'SIGKILL');
  signalProcess(-run.pid, 'SIGKILL');
  expect(await sandbox.portfwd('list')).toMatchObject({ exitCode: 0 });
  await expectKept(prepared);
});

test.concurrent('what is reverted while it is confirmed is not confirmed', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, LATER);
  const racing = await replacing(
    sandbox,
    'nft',
    `case "$*" in *"list chains"*) [ ! -e first ] || "$real" -j -f ${sandbox.state}/revert.json; touch first;; esac`,
  );
  const confirm = await sandbox.start(['confirm'], racing).ended;
  expect(confirm).toMatchObject({ exitCode: 4, stdout: '', stderr: expect.stringContaining('[not-loaded]') });
  expect(isPending(sandbox)).toBe(true);
  expect(await sandbox.portfwd('rollback')).toMatchObject({ exitCode: 0 });
  expect((await run.ended).exitCode).toBe(6);
  await expectReverted(prepared);
});

test.concurrent('a decision that is not on disk at the deadline does not count', async () => {
  const prepared = await lab.prepare();
  const { sandbox } = prepared;
  const run = await lab.startChange(prepared, 6);
  // The read before the decision ends after the deadline.
  const slow = await replacing(
    sandbox,
    'nft',
    'case "$*" in *"list chains"*) [ -e first ] || { touch first; until [ -e go ]; do sleep 0.1; done; };; esac',
  );
  const confirm = sandbox.start(['confirm'], slow);
  await until('the confirm reads', () => existsSync(join(sandbox.directory, 'first')));
  await new Promise((resolve) => setTimeout(resolve, 6500));
  writeFileSync(join(sandbox.directory, 'go'), '');
  const { exitCode, stderr } = await confirm.ended;
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('not confirmed in time') });
  expect(stderr.match(/not confirmed/g)).toHaveLength(1);
  expect((await run.ended).exitCode).toBe(6);
  await expectReverted(prepared);
});
