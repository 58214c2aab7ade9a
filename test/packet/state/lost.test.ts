import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';

const ROUTED = 'version: 1\nforwards:\n  - "6000:10.0.0.2:5000"\n';
const ENABLE = ROUTED.replace('forwards:', 'forwarding: enable\nforwards:');
const LOOPBACK =
  'version: 1\nforwarding: enable\nforwards:\n  - {listen: 6000, target: "10.0.0.2:5000", loopback: true}\n';
const PUBLISHED = 'version: 1\nforwards:\n  - {listen: 6002, target: "127.0.0.1:5000", loopback: true}\n';
const LOCAL = 'version: 1\nforwards:\n  - "6001:10.0.0.1:5000"\n';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(async () => sandbox.remove());

const portfwd = async (...args: readonly string[]) => sandbox.portfwd(...args);
const ok = async (...args: readonly string[]) => {
  const result = await portfwd(...args);
  expect(result).toMatchObject({ exitCode: 0 });
  return result;
};
const value = async (name: string): Promise<string> => (await sandbox.run(['cat', `/proc/sys/net/${name}`])).stdout;
const ruleset = async (): Promise<string> => (await sandbox.seen()).ruleset;

/** The ways to lose the state: `args` are added to every later command. */
const LOSSES: readonly { readonly how: string; readonly lose: () => void; readonly args: () => readonly string[] }[] = [
  { how: 'deleted', lose: () => rmSync(sandbox.state, { recursive: true }), args: () => [] },
  { how: 'another --state-dir', lose: () => undefined, args: () => ['--state-dir', join(sandbox.directory, 'other')] },
];

describe.each(LOSSES)('the state is lost: $how', ({ lose, args }) => {
  test('apply keeps the guard of the routing', async () => {
    sandbox.write(ENABLE);
    await ok('apply');
    const before = await ruleset();
    lose();
    const { stderr } = await ok('apply', ...args());
    expect(stderr).toMatch(/no record of net\.ipv4\.ip_forward.*counts as off/);
    expect(await ruleset()).toBe(before);
    expect(before).toContain('pf_forward_guard');
    await ok('down', ...args());
    expect(await value('ipv4/ip_forward')).toBe('0');
    expect(await ruleset()).toBe('');
  });

  test('a file that requires routing is refused, and status says why', async () => {
    sandbox.write(ROUTED);
    await ok('apply', '--enable-forwarding');
    lose();
    expect(await portfwd('apply', ...args())).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('forwarding-off'),
    });
    expect((await portfwd('status', ...args())).stdout).toContain('only because of an earlier --enable-forwarding');
    expect(await ruleset()).toContain('pf_forward_guard');
  });

  test('forwards that need no routing turn it off', async () => {
    sandbox.write(ENABLE);
    await ok('apply');
    lose();
    sandbox.write(LOCAL);
    await ok('apply', ...args());
    expect(await value('ipv4/ip_forward')).toBe('0');
  });

  test('down turns off what the guards show', async () => {
    sandbox.write(LOOPBACK);
    await ok('apply');
    expect(await value('ipv4/conf/lan0/route_localnet')).toBe('1');
    lose();
    await ok('down', ...args());
    expect([await value('ipv4/conf/lan0/route_localnet'), await value('ipv4/ip_forward')]).toEqual(['0', '0']);
  });

  test('a published service is closed when its forward goes', async () => {
    sandbox.write(PUBLISHED);
    await ok('apply');
    expect(await value('ipv4/conf/lan0/route_localnet')).toBe('1');
    lose();
    sandbox.write(LOCAL);
    await ok('apply', ...args());
    expect([await value('ipv4/conf/lan0/route_localnet'), await value('ipv4/conf/default/route_localnet')]).toEqual([
      '0',
      '0',
    ]);
  });

  test('a change that is not confirmed leaves the guard', async () => {
    sandbox.write(ENABLE);
    await ok('apply');
    lose();
    expect(await portfwd('apply', '--confirm', '1', ...args())).toMatchObject({ exitCode: 3 });
    expect(await ruleset()).toContain('pf_forward_guard');
  });
});

test('IPv6: down turns off what the guard shows', async () => {
  await sandbox.run(['ip', 'address', 'add', '2001:db8::1/64', 'dev', 'lan0', 'nodad']);
  sandbox.write('version: 1\nforwarding: enable\nforwards:\n  - "[::]:6000:[2001:db8::2]:5000"\n');
  await ok('apply');
  expect(await value('ipv6/conf/all/forwarding')).toBe('1');
  rmSync(sandbox.state, { recursive: true });
  await ok('down');
  expect(await value('ipv6/conf/all/forwarding')).toBe('0');
});

test('portfwd turned on single interfaces: those that forwarded before go on', async () => {
  const links =
    'ip link add wan0 type bridge; ip address add 10.1.0.1/24 dev wan0; ip link set wan0 up; ip link add vpn0 type bridge; ip address add 10.2.0.1/24 dev vpn0; ip link set vpn0 up';
  await sandbox.run(['sh', '-c', `${links}; sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.lan0.forwarding=0`]);
  sandbox.write(ENABLE);
  await ok('apply');
  const before = await ruleset();
  expect(await value('ipv4/conf/lan0/forwarding')).toBe('1');
  rmSync(sandbox.state, { recursive: true });
  await ok('apply');
  expect(await ruleset()).toBe(before);
  await ok('down');
  const after = await Promise.all(['lan0', 'wan0', 'vpn0'].map(async (name) => value(`ipv4/conf/${name}/forwarding`)));
  expect([...after, await value('ipv4/ip_forward')]).toEqual(['0', '1', '1', '1']);
});

test('route_localnet that others turned on stays on while the state is there', async () => {
  await sandbox.run(['sysctl', '-qw', 'net.ipv4.conf.lan0.route_localnet=1']);
  sandbox.write(LOOPBACK);
  await ok('apply');
  sandbox.write(LOCAL);
  await ok('apply');
  expect(await value('ipv4/conf/lan0/route_localnet')).toBe('1');
});

test('a host that routes by itself goes on routing', async () => {
  await sandbox.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  sandbox.write(ENABLE);
  await ok('apply');
  rmSync(sandbox.state, { recursive: true });
  const { stderr } = await ok('apply');
  expect(stderr).not.toContain('no record');
  await ok('down');
  expect(await value('ipv4/ip_forward')).toBe('1');
});

test('in another network namespace with the same state, routing is its own', async () => {
  const other = await startSandbox(sandbox);
  try {
    sandbox.write(ENABLE);
    await ok('apply');
    await other.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    expect(await other.portfwd('apply')).toMatchObject({ exitCode: 0 });
    expect(await other.portfwd('down')).toMatchObject({ exitCode: 0 });
    expect((await other.seen()).forwarding).toBe('1');
    expect(await value('ipv4/ip_forward')).toBe('1');
  } finally {
    await other.remove();
  }
});

test('compile and check, which change nothing, agree with apply', async () => {
  sandbox.write(ENABLE);
  await ok('apply');
  rmSync(sandbox.state, { recursive: true });
  expect((await ok('compile', '--host-facts', 'live')).stdout).toContain('pf_forward_guard');
  expect((await sandbox.run([...PORTFWD_COMMAND, 'plan'])).stdout).toContain('nothing would change');
});
