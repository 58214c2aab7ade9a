import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startEditLab } from '../lab/edit-lab.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import type { Sandbox } from '../lab/sandbox.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  ({ sandbox } = await startEditLab());
});
afterEach(async () => sandbox.remove());

const path = (...names: readonly string[]): string => join(sandbox.state, ...names);
const purge = async () => sandbox.portfwd('down', '--purge');
const CLEAN = (): string => `all forwards removed\n${sandbox.file} is your file and was kept`;

test('what portfwd did not write is named and kept, also under the name of a state file', async () => {
  mkdirSync(path('history', 'deep'));
  writeFileSync(path('history', 'notes.txt'), 'kept');
  rmSync(path('applied.json'));
  mkdirSync(path('applied.json', 'x'), { recursive: true });
  const outside = join(sandbox.directory, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'file'), 'kept');
  symlinkSync(outside, path('history', '000009.json'));
  await sandbox.run(['mkfifo', path('.sysctls.new')]);
  writeFileSync(path('counters.json'), '{"requests":7}');
  writeFileSync(path('windows.json'), '{"version":1,"en');
  const kept = [
    path('.sysctls.new'),
    path('applied.json'),
    path('counters.json'),
    path('history', '000009.json'),
    path('history', 'deep'),
    path('history', 'notes.txt'),
  ];
  const { exitCode, stdout } = await purge();
  expect({ exitCode, lines: stdout.split('\n').slice(2).sort() }).toEqual({
    exitCode: 0,
    lines: kept.map((one) => `${one} is your file and was kept`),
  });
  expect(readdirSync(sandbox.state).sort()).toEqual(['.sysctls.new', 'applied.json', 'counters.json', 'history']);
  expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('kept');
});

test('nothing is removed from a directory of another program, and its lock is not written to', async () => {
  const other = join(sandbox.directory, 'other');
  mkdirSync(join(other, 'history'), { recursive: true, mode: 0o755 });
  const files = {
    lock: '1234',
    enabled: 'yes',
    'sysctls.sh': '#!/bin/sh',
    'applied.json': '{"version":"x"}',
    'notes.json': '[1]',
    'boot.json.new': '{"version":1,"disk":"sda"}',
    'counters.json': '{}',
    'history/000001.yaml': 'x: y',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(other, name), content);
  for (const [command, says] of [
    [['down', '--purge'], `${other} is not a state directory of portfwd; nothing in it was removed`],
    [['down'], 'there was nothing to remove'],
    [['disable'], 'nothing was enabled'],
  ] as const) {
    const { exitCode, stdout } = await sandbox.portfwd(...command, '--state-dir', other);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining(says) });
    for (const [name, content] of Object.entries(files))
      expect([name, readFileSync(join(other, name), 'utf8')]).toEqual([name, content]);
  }
  rmSync(join(other, 'lock'));
  const json = await sandbox.portfwd('down', '--purge', '--json', '--state-dir', other);
  expect(JSON.parse(json.stdout)).toMatchObject({ foreign: [other], stays: [] });
  expect(readdirSync(other)).not.toContain('lock');
  expect(readdirSync(join(other, 'history'))).toEqual(['000001.yaml']);
});

test('files and directories of others are named, and stay', async () => {
  mkdirSync(path('mine'));
  writeFileSync(path('my\nfile'), '');
  const named = [path('mine'), `${sandbox.state}/my\\u000afile`].map((one) => `${one} is your file and was kept`);
  expect((await purge()).stdout).toBe([CLEAN(), ...named].join('\n'));
  expect(readdirSync(sandbox.state).sort()).toEqual(['mine', 'my\nfile']);
});

test('what cannot be removed is named, and the rest is removed', async () => {
  const stuck = path('history', '000001.json');
  await sandbox.run(['chattr', '+i', stuck]);
  const { exitCode, stdout } = await purge();
  await sandbox.run(['chattr', '-i', stuck]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${CLEAN()}\n${stuck} could not be removed (EPERM)` });
  expect([readdirSync(sandbox.state), readdirSync(path('history'))]).toEqual([['history'], ['000001.json']]);
  expect(lstatSync(stuck).isFile()).toBe(true);
  expect((await sandbox.run(['nft', 'list', 'table', 'inet', 'portfwd'])).exitCode).not.toBe(0);
});

test('an empty state directory does not name the current one', async () => {
  const elsewhere = join(sandbox.directory, 'elsewhere');
  mkdirSync(join(elsewhere, 'history'), { recursive: true });
  writeFileSync(join(elsewhere, 'lock'), 'of another program');
  const script = 'cd "$1" && shift && exec "$@" down --purge --state-dir ""';
  expect(await sandbox.run(['sh', '-c', script, 'sh', elsewhere, ...PORTFWD_COMMAND])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('It is empty'),
  });
  expect(readdirSync(elsewhere).sort()).toEqual(['history', 'lock']);
});
