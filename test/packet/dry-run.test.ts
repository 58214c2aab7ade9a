import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from './lab/sandbox.ts';

const MODEL = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:10.0.0.1:5000"\n';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  sandbox.write(MODEL);
});
afterEach(async () => sandbox.remove());

const inSandbox = async (...command: readonly string[]) =>
  expect(await sandbox.run(command)).toMatchObject({ exitCode: 0 });

function filesOf(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true }).map(String);
  } catch {
    return [];
  }
}

test('without a refusal, the dry run prints what would be loaded and loads nothing', async () => {
  const before = await sandbox.seen();
  expect(await sandbox.portfwd('apply', '--dry-run')).toEqual({
    exitCode: 0,
    stdout: '1 forward would be loaded\n+1 ~0 -0, 0 unchanged',
    stderr: '',
  });
  expect(JSON.parse((await sandbox.portfwd('apply', '--dry-run', '--json')).stdout)).not.toHaveProperty('unchecked');
  expect(await sandbox.seen()).toEqual(before);
  expect(filesOf(sandbox.state)).toEqual([]);
});

test('the dry run and plan name the sysctls that would be set and the forwards whose connections would end', async () => {
  await inSandbox('sysctl', '-qw', 'net.ipv4.ip_forward=0');
  await sandbox.portfwd('apply');
  sandbox.write(MODEL.replace('ignore', 'enable').replace('10.0.0.1', '10.0.0.2'));
  const effects = {
    sysctls: [{ name: 'net.ipv4.ip_forward', before: '0', after: '1' }],
    bootFiles: [],
    connectionsEnd: ['tcp-6000'],
  };
  for (const args of [['apply', '--dry-run'], ['plan']]) {
    expect(JSON.parse((await sandbox.portfwd(...args, '--json')).stdout)).toMatchObject(effects);
    const { stdout } = await sandbox.portfwd(...args);
    expect(stdout).toContain('~ sysctl net.ipv4.ip_forward  0 => 1\n');
    expect(stdout).toContain('connections of these forwards would end: tcp-6000');
  }
});

test('--adopt would replace a foreign table', async () => {
  await inSandbox('nft', 'add table inet portfwd');
  expect(await sandbox.portfwd('apply', '--dry-run', '--adopt')).toMatchObject({ exitCode: 0 });
});

test('a state directory that is a file, or is below one, is refused as in the real run', async () => {
  for (const directory of [sandbox.file, `${sandbox.file}/state`])
    for (const options of [['--dry-run'], []])
      expect(await sandbox.portfwd('apply', ...options, '--state-dir', directory)).toMatchObject({
        exitCode: 3,
        stderr: expect.stringMatching(/\[state-directory\]$/),
      });
});

/** Also if no other user is known: root of a namespace that this network does not belong to. */
const withoutRights = (command: readonly string[]): string[] => ['unshare', '-Ur', ...command];

test('without rights the dry run says what it could not check', async () => {
  await inSandbox('nft', 'add table inet portfwd');
  const run = await sandbox.start(['apply', '--dry-run'], withoutRights).ended;
  expect(run).toEqual({
    exitCode: 0,
    stdout: '1 forward would be loaded',
    stderr: expect.stringMatching(/^portfwd: note: apply would be refused: you have no rights .*run as root/),
  });
  const { stdout, stderr } = await sandbox.start(['apply', '--dry-run', '--json'], withoutRights).ended;
  expect(JSON.parse(stdout)).toMatchObject({ applied: false, unchecked: ['kernel', 'state'] });
  expect(stderr).toBe('');
});
