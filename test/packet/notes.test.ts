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
const told = async (...args: readonly string[]): Promise<string[]> => {
  const { stdout, stderr } = await sandbox.portfwd(...args);
  return `${stdout}\n${stderr}`.split('\n').flatMap((line) => /(?:warning|note): .*\[(.*)\]$/.exec(line)?.[1] ?? []);
};

test('a note is told when its ruleset is new, and by check always', async () => {
  sandbox.write(REMOTE);
  const note = 'listen/loopback-left-alone';
  expect(await told('apply', '--dry-run')).toEqual([note]);
  expect(await told('apply')).toEqual([note]);
  expect(await told('apply')).toEqual([]);
  expect(await told('plan')).toEqual([]);
  expect(await told('check')).toEqual([note]);
  expect(await told('add', '6001', '10.0.0.4')).toEqual([note]);
  expect(await told('plan')).toEqual([]);
  sandbox.write(REMOTE);
  expect(await told('plan')).toEqual([note]);
  expect(await told('down')).toEqual([]);
  expect(await told('apply')).toEqual([note]);
});

test('a warning is printed until its cause is fixed', async () => {
  sandbox.write(`${REMOTE}${ABSENT}`);
  expect(await told('apply')).toEqual(['listen/loopback-left-alone', 'host/interface-absent']);
  expect(await told('apply')).toEqual(['host/interface-absent']);
  expect(await told('plan')).toEqual(['host/interface-absent']);
  await sandbox.run(['ip', 'link', 'add', 'ppp0', 'type', 'bridge']);
  expect(await told('apply')).toEqual([]);
});
