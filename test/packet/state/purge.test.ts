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

test('what is not as portfwd wrote it is removed too, and a link is not followed', async () => {
  mkdirSync(path('history', 'deep', 'deeper'), { recursive: true });
  writeFileSync(path('history', 'deep', 'deeper', 'file'), '');
  rmSync(path('applied.json'));
  mkdirSync(path('applied.json', 'x'), { recursive: true });
  const outside = join(sandbox.directory, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'file'), 'kept');
  symlinkSync(outside, path('history', 'link'));
  await sandbox.run(['mkfifo', path('.sysctls.new')]);
  expect(await purge()).toMatchObject({ exitCode: 0, stdout: CLEAN() });
  expect([readdirSync(sandbox.state), readFileSync(join(outside, 'file'), 'utf8')]).toEqual([[], 'kept']);
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

test('a directory that portfwd did not use, named by mistake, keeps its files', async () => {
  const elsewhere = join(sandbox.directory, 'elsewhere');
  mkdirSync(join(elsewhere, 'history', 'of'), { recursive: true, mode: 0o700 });
  for (const name of ['counters.json', 'revert.sh', 'history/of/mine']) writeFileSync(join(elsewhere, name), 'mine');
  const { stdout } = await sandbox.portfwd('down', '--purge', '--state-dir', elsewhere);
  for (const name of ['counters.json', 'history', 'revert.sh'])
    expect(stdout).toContain(`\n${join(elsewhere, name)} is your file and was kept`);
  expect(readdirSync(elsewhere).sort()).toEqual(['counters.json', 'history', 'revert.sh']);
  expect(readFileSync(join(elsewhere, 'history/of/mine'), 'utf8')).toBe('mine');
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
