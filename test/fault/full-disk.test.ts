import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, expect, test } from 'vitest';
import { signalProcess } from '../packet/lab/processes.ts';
import { startSandbox, type Sandbox, type Started } from '../packet/lab/sandbox.ts';
import { until } from '../packet/lab/until.ts';

const OLD = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:10.0.0.2:5000"\n';
const NEW = 'version: 1\nforwarding: ignore\nforwards:\n  - "6001:10.0.0.3:5000"\n';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

/** A disk of a few pages at this path. */
async function smallDisk(path: string): Promise<void> {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'tmpfs', path]);
  undo.push(async () => execa('umount', ['-l', path]));
}

/** Until not a byte more can be written to it. */
function fill(disk: string): () => void {
  const file = join(disk, 'filler');
  for (const size of [65_536, 4096, 1])
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  return () => rmSync(file);
}

async function start(): Promise<Sandbox> {
  const sandbox = await startSandbox();
  undo.push(async () => sandbox.remove());
  return sandbox;
}

const applied = async (sandbox: Sandbox, model: string): Promise<void> => {
  sandbox.write(model);
  expect(await sandbox.portfwd('apply')).toMatchObject({ exitCode: 0 });
};

test('no space for the state: refused, and nothing changed', async () => {
  const sandbox = await start();
  await smallDisk(sandbox.state);
  await applied(sandbox, OLD);
  sandbox.write(NEW);
  const before = await sandbox.seen();
  const free = fill(sandbox.state);
  const { exitCode, stderr } = await sandbox.portfwd('apply');
  expect(`${exitCode} ${stderr}`).toMatch(/^3 [^]*ENOSPC/);
  expect(await sandbox.seen()).toEqual(before);
  free();
  await applied(sandbox, NEW);
});

test('no space for the model file: refused, and file and kernel are as before', async () => {
  const sandbox = await start();
  const etc = join(sandbox.directory, 'etc');
  await smallDisk(etc);
  const file = join(etc, 'portfwd.yaml');
  const config = ['--config', file];
  for (const model of [NEW, OLD]) {
    writeFileSync(file, model);
    expect(await sandbox.portfwd('apply', ...config)).toMatchObject({ exitCode: 0 });
  }
  const before = await sandbox.seen();
  const free = fill(etc);
  const { exitCode, stderr } = await sandbox.portfwd('rollback', '1');
  expect(`${exitCode} ${stderr}`).toMatch(/^3 [^]*portfwd\.yaml cannot be written \(ENOSPC\)/);
  expect(await sandbox.seen()).toEqual(before);
  expect(readFileSync(file, 'utf8')).toBe(OLD);
  free();
  expect(await sandbox.portfwd('rollback', '1')).toMatchObject({ exitCode: 0 });
  expect(readFileSync(file, 'utf8')).toBe(NEW);
});

/** Applied with --confirm, and the disk is full from then on. */
async function pendingOnFullDisk(
  seconds: string,
): Promise<{ readonly sandbox: Sandbox; readonly run: Started; readonly ruleset: string }> {
  const sandbox = await start();
  await smallDisk(sandbox.state);
  await applied(sandbox, OLD);
  const { ruleset } = await sandbox.seen();
  sandbox.write(NEW);
  const run = sandbox.start(['apply', '--confirm', seconds]);
  await run.waitForOutput('reverting in');
  fill(sandbox.state);
  return { sandbox, run, ruleset };
}

test('no space when a change expires: it is reverted, and the waiting run ends with 6', async () => {
  const { sandbox, run, ruleset } = await pendingOnFullDisk('3');
  expect(await run.ended).toMatchObject({ exitCode: 6 });
  expect((await sandbox.seen()).ruleset).toBe(ruleset);
  expect(await sandbox.portfwd('confirm')).toMatchObject({ exitCode: 6 });
});

test('no space, and the waiting run was killed: rollback and a late confirm revert the change', async () => {
  const one = await pendingOnFullDisk('3');
  signalProcess(one.run.pid, 'SIGKILL');
  await until('the change has expired', async () => (await one.sandbox.portfwd('confirm')).exitCode === 6);
  expect((await one.sandbox.seen()).ruleset).toBe(one.ruleset);
  const other = await pendingOnFullDisk('600');
  expect(await other.sandbox.portfwd('rollback')).toMatchObject({ exitCode: 0 });
  expect(await other.run.ended).toMatchObject({ exitCode: 6 });
  expect((await other.sandbox.seen()).ruleset).toBe(other.ruleset);
});

test('no space even after a rollback: the waiting run ends with 6 long before its deadline', async () => {
  const { sandbox, run, ruleset } = await pendingOnFullDisk('600');
  // The space of a file that is open is not free when the file is removed.
  const open = openSync(join(sandbox.state, 'window.json'), 'r');
  undo.push(async () => closeSync(open));
  expect(await sandbox.portfwd('rollback')).toMatchObject({ exitCode: 0 });
  expect(await run.ended).toMatchObject({ exitCode: 6 });
  expect((await sandbox.seen()).ruleset).toBe(ruleset);
});

test('no space for temporary files: refused, and nothing changed', async () => {
  const sandbox = await start();
  const temporary = join(sandbox.directory, 'tmp');
  await smallDisk(temporary);
  await applied(sandbox, OLD);
  sandbox.write(NEW);
  const before = await sandbox.seen();
  const free = fill(temporary);
  const { exitCode, stderr } = await sandbox.run(['env', `TMPDIR=${temporary}`, process.execPath, DIST, 'apply']);
  expect(`${exitCode} ${stderr}`).toMatch(/^3 [^]*ENOSPC/);
  expect(await sandbox.seen()).toEqual(before);
  free();
  await applied(sandbox, NEW);
});

const DIST = new URL('../../dist/portfwd.js', import.meta.url).pathname;
