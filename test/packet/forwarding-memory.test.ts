import { afterEach, beforeEach, expect, test } from 'vitest';
import { startBootHost, type BootHost } from './lab/boot-host.ts';

const FILE = '# mine\nversion: 1\nforwards:\n  - "6000:10.0.0.2:5000" # web\n';

let host: BootHost;
beforeEach(async () => {
  host = await startBootHost();
  host.sandbox.write(FILE);
});
afterEach(async () => host.remove());

const portfwd = async (...args: readonly string[]) => host.portfwd(...args);
const ok = async (...args: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await portfwd(...args);
  expect({ args, exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('route') });
  return stdout;
};
const refused = async (...args: readonly string[]): Promise<void> =>
  expect(await portfwd(...args)).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('forwarding-off') });
const forwarding = async (): Promise<string> => (await host.sandbox.seen()).forwarding;
const file = async (): Promise<string> => (await host.sandbox.seen()).file;

test('after --enable-forwarding every later command agrees with it', async () => {
  await refused('apply');
  await ok('apply', '--enable-forwarding');
  expect(await ok('plan')).toContain('nothing would change');
  expect(await ok('status')).toMatch(/^in sync/);
  expect(await ok('list')).toContain('in sync');
  await ok('check');
  expect(await ok('compile', '--host-facts', 'live')).toContain('pf_forward_guard');
  await ok('apply');
  await ok('add', '6001', '10.0.0.3:80');
  await ok('set', 'tcp-6001', 'target=10.0.0.4:80');
  await ok('remove', 'tcp-6001');
  expect(await forwarding()).toBe('1');
  expect(await ok('status')).toMatch(/^in sync/);
  expect((await host.run('nft list ruleset')).stdout).toContain('pf_forward_guard');
});

test('a restart of the host does not take it back, if the forwards are loaded at boot', async () => {
  await ok('apply', '--enable-forwarding');
  await ok('enable');
  const next = await host.reboot();
  try {
    expect(await next.portfwd('status')).toMatchObject({ exitCode: 0 });
    expect(await next.portfwd('add', '6001', '10.0.0.3:80')).toMatchObject({ exitCode: 0 });
    expect((await next.sandbox.seen()).forwarding).toBe('1');
  } finally {
    await next.remove();
  }
});

test('enable --enable-forwarding alone is remembered too', async () => {
  await ok('enable', '--enable-forwarding');
  await ok('apply');
  expect(await forwarding()).toBe('1');
  const next = await host.reboot();
  try {
    expect(await next.portfwd('apply')).toMatchObject({ exitCode: 0 });
    expect(await next.portfwd('status')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^in sync/) });
  } finally {
    await next.remove();
  }
});

test('down takes it back', async () => {
  await ok('apply', '--enable-forwarding');
  await ok('down');
  expect(await forwarding()).toBe('0');
  await refused('apply');
});

test('forwarding in the file takes it back, and set writes it there', async () => {
  await ok('apply', '--enable-forwarding');
  await refused('set', 'forwarding=require');
  expect(await file()).toBe(FILE);
  await ok('set', 'forwarding=ignore');
  expect(await file()).toBe(FILE.replace('version: 1\n', 'version: 1\nforwarding: ignore\n'));
  expect(await forwarding()).toBe('0');
  await refused('set', 'forwarding=');
  await ok('set', 'forwarding=enable');
  expect(await file()).toBe(FILE.replace('version: 1\n', 'version: 1\nforwarding: enable\n'));
  expect(await forwarding()).toBe('1');
  expect(await portfwd('set', 'forwarding=no')).toMatchObject({ exitCode: 1 });
  expect(await portfwd('set', 'forwarding')).toMatchObject({ exitCode: 2 });
  await refused('set', 'forwarding=');
});

test('a change that was not confirmed was not remembered', async () => {
  expect(await portfwd('apply', '--enable-forwarding', '--confirm', '1')).toMatchObject({ exitCode: 6 });
  expect(await forwarding()).toBe('0');
  await refused('apply');
});

test('a rollback loads a generation as it was loaded', async () => {
  const local = FILE.replace('10.0.0.2', '10.0.0.1');
  host.sandbox.write(local);
  await ok('apply');
  host.sandbox.write(FILE);
  await ok('apply', '--enable-forwarding');
  await ok('rollback', '1');
  expect(await forwarding()).toBe('0');
  await ok('rollback', '2');
  expect(await forwarding()).toBe('1');
  expect(await ok('plan')).toContain('nothing would change');
});
