import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from './lab/sandbox.ts';
import { until } from './lab/until.ts';

/** One to this host, one to another, one to another by 127.0.0.1 too. */
const FORWARDS = '  - "8080:10.0.0.1:80"\n  - "6000:10.0.0.2:5000"\n';
const LOOPBACK = '  - {name: db, listen: 6001, target: 10.0.0.2:5432, loopback: true}\n';
const fileWith = (forwarding: string, forwards = `${FORWARDS}${LOOPBACK}`): string =>
  `version: 1\nforwarding: ${forwarding}\nforwards:\n${forwards}`;

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(async () => sandbox.remove());

async function applied(model: string, ...options: readonly string[]): Promise<void> {
  sandbox.write(model);
  expect(await sandbox.portfwd('apply', ...options)).toMatchObject({ exitCode: 0 });
}

const sysctl = async (words: string) =>
  expect(await sandbox.run(['sysctl', '-qw', words])).toMatchObject({ exitCode: 0 });

/** The last column of `list`. */
const rows = async (): Promise<Record<string, string>> => {
  const { stdout } = await sandbox.portfwd('list', '--json');
  const { forwards } = JSON.parse(stdout) as { forwards: { name: string; kernel: string }[] };
  return Object.fromEntries(forwards.map(({ name, kernel }) => [name, kernel]));
};
const state = async (): Promise<Record<string, unknown>> =>
  JSON.parse((await sandbox.portfwd('status', '--json')).stdout) as Record<string, unknown>;

test.each([
  ['net.ipv4.ip_forward', { 'tcp-8080': 'in sync', 'tcp-6000': 'drifted', db: 'drifted' }],
  ['net.ipv4.conf.lan0.route_localnet', { 'tcp-8080': 'in sync', 'tcp-6000': 'in sync', db: 'drifted' }],
])('%s, switched off after apply, is drift of the forwards that need it', async (name, expected) => {
  await applied(fileWith('enable'));
  expect(await sandbox.portfwd('status')).toMatchObject({ exitCode: 0 });
  await sysctl(`${name}=0`);
  const { exitCode, stdout } = await sandbox.portfwd('status');
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^drifted: .*; portfwd apply sets them\n/);
  expect(stdout).toContain(`~ sysctl ${name}  is 0, should be 1`);
  expect(await state()).toMatchObject({
    state: 'drifted',
    causes: ['sysctl'],
    changes: { forwards: [] },
    sysctls: [{ name, before: '0', after: '1' }],
  });
  expect(await rows()).toEqual(expected);
  expect(await sandbox.portfwd('apply')).toMatchObject({ exitCode: 0 });
  expect(await sandbox.portfwd('status')).toMatchObject({ exitCode: 0 });
});

test('where the file requires routing, status names what is off and how to go on', async () => {
  await sysctl('net.ipv4.ip_forward=1');
  await applied(fileWith('require', FORWARDS));
  expect(await sandbox.portfwd('status')).toMatchObject({ exitCode: 0 });
  await sysctl('net.ipv4.ip_forward=0');
  const { exitCode, stdout } = await sandbox.portfwd('status');
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^drifted: [^;]*\n/);
  expect(stdout).toMatch(/apply would be refused: .*net\.ipv4\.ip_forward is 0/);
  expect(await state()).toMatchObject({ state: 'drifted', refusal: { reason: 'forwarding-off' } });
  expect(await rows()).toEqual({ 'tcp-8080': 'in sync', 'tcp-6000': 'drifted' });
});

test('with forwarding: ignore routing is not reported', async () => {
  await applied(fileWith('ignore', FORWARDS));
  expect(await sandbox.portfwd('status')).toMatchObject({ exitCode: 0 });
  expect(await rows()).toEqual({ 'tcp-8080': 'in sync', 'tcp-6000': 'in sync' });
});

test('what --enable-forwarding loaded is in sync, and the way on names the option', async () => {
  await applied(fileWith('require', FORWARDS), '--enable-forwarding');
  expect(await sandbox.portfwd('status')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^in sync/) });
  expect(await rows()).toEqual({ 'tcp-8080': 'in sync', 'tcp-6000': 'in sync' });
  // A restart takes what /run remembers; where the forwards come back at boot, the history knows how they were loaded.
  rmSync(`${sandbox.state}/applied.json`);
  expect(await sandbox.portfwd('status')).toMatchObject({ exitCode: 0 });
  sandbox.write(fileWith('require', `${FORWARDS}  - "6002:10.0.0.3:80"\n`));
  const { exitCode, stdout } = await sandbox.portfwd('status');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('portfwd apply --enable-forwarding replaces it');
  expect(await state()).toMatchObject({ causes: ['file'], changes: { settings: [] } });
  await sysctl('net.ipv4.ip_forward=0');
  expect(await state()).toMatchObject({ causes: ['file', 'sysctl'] });
});

test('each forward has a state of its own', async () => {
  await applied(fileWith('ignore', FORWARDS));
  const more = '  - {name: dns, protocol: [tcp, udp], listen: "10.0.0.1:53", target: 10.0.0.3, interface: lan0}\n';
  sandbox.write(fileWith('ignore', `${FORWARDS}${more}  - {listen: 80, target: 10.0.0.3, enabled: false}\n`));
  expect(await rows()).toEqual({ 'tcp-8080': 'in sync', 'tcp-6000': 'in sync', dns: 'missing', 'tcp-80': 'disabled' });
  expect((await sandbox.portfwd('list')).stdout).toMatch(/^dns .* missing$/m);
  sandbox.write(fileWith('ignore', FORWARDS.replace('10.0.0.2', '10.0.0.9')));
  expect(await rows()).toEqual({ 'tcp-8080': 'in sync', 'tcp-6000': 'drifted' });
  await applied(fileWith('ignore', `${FORWARDS}${more}`));
  await sandbox.run(['nft', 'delete', 'element', 'inet', 'portfwd', 'pf_addr4', '{ tcp . 6000 }']);
  await sandbox.run(['nft', 'delete', 'element', 'inet', 'portfwd', 'pf_port4', '{ tcp . 6000 }']);
  expect(await rows()).toEqual({ 'tcp-8080': 'in sync', 'tcp-6000': 'missing', dns: 'in sync' });
  await sandbox.run(['nft', 'add', 'rule', 'inet', 'portfwd', 'pf_dispatch', 'return']);
  expect(await rows()).toEqual({ 'tcp-8080': 'drifted', 'tcp-6000': 'missing', dns: 'drifted' });
  expect(await sandbox.portfwd('down')).toMatchObject({ exitCode: 0 });
  expect(await rows()).toEqual({ 'tcp-8080': 'missing', 'tcp-6000': 'missing', dns: 'missing' });
});

test('one of two protocols is missing: the forward has drifted', async () => {
  await applied(fileWith('ignore', '  - {name: dns, protocol: [tcp, udp], listen: 53, target: 10.0.0.3}\n'));
  await sandbox.run(['nft', 'delete', 'element', 'inet', 'portfwd', 'pf_addr4', '{ udp . 53 }']);
  expect(await rows()).toEqual({ dns: 'drifted' });
});

test('down resets the sysctls, and says so, even if the table was flushed before', async () => {
  await applied(fileWith('enable'));
  await sandbox.run(['nft', 'flush', 'ruleset']);
  expect(await sandbox.portfwd('down')).toMatchObject({
    exitCode: 0,
    stdout: 'the forwards were removed already; the sysctls that they needed have their previous values again',
  });
  expect(await sandbox.seen()).toMatchObject({ ruleset: '', forwarding: '0' });
  expect(await sandbox.portfwd('down')).toMatchObject({ exitCode: 0, stdout: 'there was nothing to remove' });
});

const WINDOW = ['--confirm', '600'];
const mark = 'version: 1\nforwarding: ignore\nforwards:\n  - "8080:10.0.0.1:80"\n';

async function pending(...args: readonly string[]): Promise<Promise<unknown>> {
  const run = sandbox.start([...args, ...WINDOW]);
  await run.waitForOutput('reverting in');
  return run.ended;
}

test('status says which change waits, and after its revert that the file still has it', async () => {
  await applied(mark);
  sandbox.write(`${mark}  - "8081:10.0.0.1:81"\n`);
  const ended = pending('apply');
  await until('the change waits', async () => (await state())['waiting'] !== undefined);
  const { exitCode, stdout } = await sandbox.portfwd('status');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /^in sync: .*\nwaiting: "apply" by root waits for confirmation, [1-9]\d+ s left; portfwd confirm keeps it, portfwd rollback reverts it now\n/,
  );
  expect(await state()).toMatchObject({
    state: 'in sync',
    waiting: { command: 'apply', user: 'root', left: expect.any(Number), changesFile: false },
  });
  expect(await sandbox.portfwd('rollback')).toMatchObject({ exitCode: 0 });
  await ended;
  const after = await sandbox.portfwd('status');
  expect(after.exitCode).toBe(1);
  expect(after.stdout).toMatch(
    /\nreverted: the last change was not kept; the file still has it, and portfwd apply loads it\n/,
  );
  expect(after.stdout).not.toContain('the file was changed');
  expect(await state()).toMatchObject({ state: 'drifted', causes: ['file'], reverted: true });
  sandbox.write(`${mark}  - "8082:10.0.0.1:81"\n`);
  expect((await sandbox.portfwd('status')).stdout).toContain('the file was changed since it was applied');
  await applied(mark);
  expect((await sandbox.portfwd('status')).stdout).not.toContain('reverted');
});

test('while an edit waits, status does not send to apply, and the first change that is reverted is named too', async () => {
  await applied(mark);
  const ended = pending('add', '8081', '10.0.0.1:81');
  await until('the change waits', async () => (await state())['waiting'] !== undefined);
  const { stdout } = await sandbox.portfwd('status');
  expect(stdout).toMatch(/^drifted: [^;]*\nwaiting: "add 8081 10\.0\.0\.1:81" by root/);
  expect(stdout).toContain('the change that waits is not in the file yet');
  expect(await sandbox.portfwd('confirm')).toMatchObject({ exitCode: 0 });
  await ended;
  expect(await sandbox.portfwd('status')).toMatchObject({ exitCode: 0, stdout: expect.not.stringMatching('waiting') });
  await sandbox.portfwd('down', '--purge');
  const first = pending('apply');
  await until('the change waits', async () => (await state())['waiting'] !== undefined);
  expect(await sandbox.portfwd('rollback')).toMatchObject({ exitCode: 0 });
  await first;
  expect((await sandbox.portfwd('status')).stdout).toMatch(/^missing: .*\nreverted: /);
});
