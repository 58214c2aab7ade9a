import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from './lab/sandbox.ts';

const REMOTE = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:10.0.0.2:5000"\n';
const ABSENT = '  - {name: soon, listen: 80, target: 10.0.0.3, interface: ppp0}\n';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(async () => sandbox.remove());

/** The codes of what a command says of the file and the host. */
const shown = async (...args: readonly string[]): Promise<string[]> => {
  const { stdout, stderr } = await sandbox.portfwd(...args);
  return `${stdout}\n${stderr}`.split('\n').flatMap((line) => /(?:warning|note): .*\[(.*)\]$/.exec(line)?.[1] ?? []);
};

test('a note is told once, and by check always', async () => {
  sandbox.write(REMOTE);
  const note = 'listen/loopback-left-alone';
  expect(await shown('apply', '--dry-run')).toEqual([note]);
  expect(await shown('apply')).toEqual([note]);
  expect(await shown('apply')).toEqual([]);
  expect(await shown('plan')).toEqual([]);
  expect(await shown('check')).toEqual([note]);
  expect(await shown('add', '6001', '10.0.0.4')).toEqual([]);
  expect(await shown('plan')).toEqual([]);
  sandbox.write(REMOTE);
  expect(await shown('plan')).toEqual([]);
  expect(await shown('down')).toEqual([]);
  expect(await shown('apply')).toEqual([note]);
});

test('a note about a new forward is told beside one that is known', async () => {
  sandbox.write(REMOTE);
  await sandbox.portfwd('apply');
  const silent = 'host/address-absent';
  expect(await shown('add', '192.0.2.9:81', '10.0.0.4')).toEqual([silent]);
  expect(await shown('add', '192.0.2.9:82', '10.0.0.4')).toEqual([silent]);
  expect(await shown('add', '83', '10.0.0.4')).toEqual([]);
  expect(await shown('remove', '83')).toEqual([]);
});

test('a warning is printed until its cause is fixed', async () => {
  sandbox.write(`${REMOTE}${ABSENT}`);
  expect(await shown('apply')).toEqual(['listen/loopback-left-alone', 'host/interface-absent']);
  expect(await shown('apply')).toEqual(['host/interface-absent']);
  expect(await shown('plan')).toEqual(['host/interface-absent']);
  await sandbox.run(['ip', 'link', 'add', 'ppp0', 'up', 'type', 'bridge']);
  expect(await shown('apply')).toEqual(['host/interface-without-address']);
  expect(await shown('apply')).toEqual([]);
});
