import { join } from 'node:path';
import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from './lab/sandbox.ts';
import { onTerminal } from './lab/terminal.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(async () => sandbox.remove());

const PORTS = Array.from({ length: 20 }, (_, index) => 6000 + index);
const plain = (port: number): string => `"${port}:10.0.0.1:5000"`;
const file = (items: readonly string[]): string =>
  `version: 1\nforwards:${items.length === 0 ? ' []' : items.map((item) => `\n  - ${item}`).join('')}\n`;
const EMPTY = file([]);
const ALL = file(PORTS.map(plain));

const apply = async (text: string, ...options: readonly string[]) => {
  sandbox.write(text);
  return sandbox.portfwd('apply', ...options);
};
const ok = async (text: string, ...options: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await apply(text, ...options);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return stdout;
};
const REFUSED = { exitCode: 1, stderr: expect.stringContaining('[many-removals]') };
const ruleset = async (): Promise<string> => (await sandbox.seen()).ruleset;

test('an empty file does not remove twenty forwards, unless it is allowed', async () => {
  expect(await ok(ALL)).toBe('20 forwards loaded\n+20 ~0 -0, 0 unchanged');
  const before = await ruleset();
  const refused = await apply(EMPTY);
  expect(refused).toMatchObject(REFUSED);
  expect(refused.stderr).toContain('this would remove 20 of the 20 forwards that are loaded; check the file;');
  expect(await sandbox.portfwd('plan')).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('apply would be refused: this would remove 20 of the 20 forwards'),
  });
  expect(await sandbox.portfwd('apply', '--dry-run')).toMatchObject(REFUSED);
  expect(await ruleset()).toBe(before);
  expect(await sandbox.portfwd('apply', '--dry-run', '--allow-removals')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('+0 ~0 -20, 0 unchanged'),
  });
  expect(await ok(EMPTY, '--allow-removals')).toBe('0 forwards loaded\n+0 ~0 -20, 0 unchanged');
});

test('half of them may go, and more than half may not', async () => {
  await ok(ALL);
  expect(await apply(file(PORTS.slice(0, 9).map(plain)))).toMatchObject(REFUSED);
  expect(await ok(file(PORTS.slice(0, 10).map(plain)))).toBe('10 forwards loaded\n+0 ~0 -10, 10 unchanged');
  expect(await apply(file(PORTS.slice(0, 4).map(plain)))).toMatchObject(REFUSED);
  await ok(file(PORTS.slice(0, 5).map(plain)));
  expect(await ok(EMPTY), 'fewer than ten').toContain('+0 ~0 -5, 0 unchanged');
});

test('switched off is removed; another name, another target or one range for all is not', async () => {
  await ok(ALL);
  const named = (more: string) => file(PORTS.map((port) => `{name: n${port}, listen: ${port}, ${more}}`));
  expect(await apply(named('target: "10.0.0.1:5000", enabled: false'))).toMatchObject(REFUSED);
  expect(await ok(named('target: "10.0.0.1:5000"'))).toContain('+0 ~20 -0, 0 unchanged');
  expect(await ok(named('target: "10.0.0.1:5001"'))).toContain('+0 ~20 -0, 0 unchanged');
  await ok(file(['{name: all, listen: 6000-6019, target: "10.0.0.1:5000-5019"}']));
});

test('remove, down and rollback do what their names say', async () => {
  await ok(file(PORTS.slice(0, 2).map(plain)));
  await ok(ALL);
  const names = PORTS.slice(0, 19).map((port) => `tcp-${port}`);
  expect(await sandbox.portfwd('remove', ...names)).toMatchObject({
    exitCode: 0,
    stdout: '1 forward loaded\n+0 ~0 -19, 1 unchanged',
  });
  await ok(ALL);
  expect(await sandbox.portfwd('rollback', '1')).toMatchObject({ exitCode: 0 });
  await ok(ALL);
  expect(await sandbox.portfwd('down')).toMatchObject({ exitCode: 0 });
});

test('a command that edits a file that has lost its forwards does not remove them', async () => {
  await ok(ALL);
  sandbox.write(file([plain(6000), plain(6001)]));
  for (const args of [
    ['add', '7000', '10.0.0.1:5000'],
    ['set', 'tcp-6000', 'target=10.0.0.1:80'],
    ['remove', 'tcp-6000'],
  ])
    expect(await sandbox.portfwd(...args), args.join(' ')).toMatchObject(REFUSED);
  rmSync(sandbox.file);
  expect(await sandbox.portfwd('add', '7000', '10.0.0.1:5000')).toMatchObject(REFUSED);
  expect(await ruleset()).toContain('6019');
});

test('an editor that leaves an empty file is refused, and the text is kept', async () => {
  await ok(ALL);
  const editor = join(sandbox.directory, 'editor');
  writeFileSync(editor, `#!/bin/sh\nprintf 'version: 1\\nforwards: []\\n' > "$1"\n`, { mode: 0o755 });
  const run = await sandbox.start(['edit'], (command) => ['env', `VISUAL=${editor}`, ...command]).ended;
  expect(run).toMatchObject(REFUSED);
  expect(run.stderr).toContain('your text is kept in');
  expect((await sandbox.seen()).file).toBe(ALL);
});

test('what is not loaded cannot be removed: after a flush and at the first apply nothing is asked', async () => {
  await ok(ALL);
  await sandbox.run(['nft', 'flush', 'ruleset']);
  expect(await ok(file([plain(6000)]))).toBe('1 forward loaded\n+1 ~0 -0, 0 unchanged');
});

test('without a record the kernel is asked', async () => {
  await ok(ALL);
  rmSync(sandbox.state, { recursive: true });
  expect(await apply(EMPTY)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('this would remove more than half of the forwards that are loaded'),
  });
  expect(await ok(ALL)).toBe('nothing to change: 20 forwards loaded already\n+0 ~0 -0, 20 unchanged');
});

test('on a terminal it asks', async () => {
  await ok(ALL);
  sandbox.write(EMPTY);
  const answer = async (text: string) => {
    const run = sandbox.start(['apply'], onTerminal);
    await run.waitForOutput('20 of the 20 forwards that are loaded; go on (y/n)?');
    run.type(text);
    return run.ended;
  };
  expect(await answer('\r')).toMatchObject({ exitCode: 1 });
  expect(await answer('n\r')).toMatchObject({ exitCode: 1 });
  expect(await ruleset()).toContain('6019');
  expect(await answer('y\r')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('+0 ~0 -20, 0 unchanged') });
  expect(await ruleset()).not.toContain('6019');
});

test('--json has the counts', async () => {
  const { stdout } = await apply(ALL, '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    applied: true,
    changed: true,
    added: 20,
    changedForwards: 0,
    removed: 0,
    unchanged: 0,
  });
  expect(await apply(EMPTY, '--json')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('"reason":"many-removals"'),
  });
});
