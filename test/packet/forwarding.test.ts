import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from './lab/agent.ts';
import { startLab, type Lab } from './lab/lab.ts';

const MODEL = 'version: 1\nforwards: ["6000:10.0.0.2:5000", "[::]:6000:[2001:db8:2::2]:5000"]\n';
const OUTSIDE = ['203.0.113.1', '2001:db8:1::1'] as const;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  for (const address of ['10.0.0.2', '2001:db8:2::2'])
    await lab.agents.backend.serve({ protocol: 'tcp', address, port: 5000 });
  for (const address of ['203.0.113.7', '2001:db8:1::7'])
    await lab.agents.client.serve({ protocol: 'tcp', address, port: 5000 });
  await setForwarding(0);
});
afterAll(async () => lab.stop());
afterEach(async () => {
  await lab.portfwd(['down']);
  await setForwarding(0);
});

const setForwarding = async (value: 0 | 1) =>
  lab.sh('host', `sysctl -qw net.ipv4.ip_forward=${value} net.ipv6.conf.all.forwarding=${value}`);
const forwarding = async () => lab.sh('host', 'sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding');
const connect = async (from: 'client' | 'backend', to: string, port: number, timeout: number = PATIENCE.answer) =>
  lab.agents[from].probe({ protocol: 'tcp', to, port, timeout });

test('a target on another host needs routing: refused with the command to run, and nothing is loaded', async () => {
  const { exitCode, stderr } = await lab.portfwd(['apply'], MODEL);
  expect(exitCode).toBe(3);
  expect(stderr).toContain('net.ipv4.ip_forward is 0 and net.ipv6.conf.all.forwarding is 0');
  expect(stderr).toContain('forwarding: enable');
  expect(await lab.sh('host', 'nft list ruleset')).toBe('');
});

test('a target on this host needs no routing', async () => {
  expect(await lab.portfwd(['apply'], 'version: 1\nforwards: ["6000:192.168.0.2:5000"]\n')).toMatchObject({
    exitCode: 0,
  });
});

test('only the routing of the needed family is checked', async () => {
  await lab.sh('host', 'sysctl -qw net.ipv4.ip_forward=1');
  expect(await lab.portfwd(['apply'], 'version: 1\nforwards: ["6000:10.0.0.2:5000"]\n')).toMatchObject({ exitCode: 0 });
});

test('forwarding: ignore loads the forwards anyway', async () => {
  expect(await lab.portfwd(['apply'], `forwarding: ignore\n${MODEL}`)).toMatchObject({ exitCode: 0 });
  expect(await forwarding()).toBe('0\n0');
  expect(await connect('client', OUTSIDE[0], 6000, PATIENCE.silence)).toBeNull();
});

test('--enable-forwarding turns routing on behind a guard chain, and down turns it off', async () => {
  expect(await lab.portfwd(['apply', '--enable-forwarding'], MODEL)).toMatchObject({ exitCode: 0 });
  expect(await forwarding()).toBe('1\n1');
  expect(await connect('client', OUTSIDE[0], 6000)).toMatchObject({ who: 'backend', sees: '203.0.113.7' });
  expect(await connect('client', OUTSIDE[1], 6000)).toMatchObject({ who: 'backend', sees: '2001:db8:1::7' });
  expect(await connect('client', '10.0.0.2', 5000, PATIENCE.silence)).toBeNull();
  expect(await connect('client', '2001:db8:2::2', 5000, PATIENCE.silence)).toBeNull();
  expect(await connect('backend', '203.0.113.7', 5000, PATIENCE.silence)).toBeNull();
  await lab.portfwd(['down']);
  expect(await forwarding()).toBe('0\n0');
});

test('forwarding: enable holds from apply to apply, until it is removed from the file', async () => {
  const enabled = `forwarding: enable\n${MODEL}`;
  for (let time = 0; time < 2; time += 1) {
    expect(await lab.portfwd(['apply'], enabled)).toMatchObject({ exitCode: 0 });
    expect(await lab.portfwd(['status'])).toMatchObject({ exitCode: 0 });
    expect(await connect('client', '10.0.0.2', 5000, PATIENCE.silence)).toBeNull();
    expect(await connect('client', OUTSIDE[0], 6000)).toMatchObject({ who: 'backend' });
  }
  expect(await lab.portfwd(['apply'], 'version: 1\nforwards: ["6000:192.168.0.2:5000"]\n')).toMatchObject({
    exitCode: 0,
  });
  expect(await forwarding()).toBe('0\n0');
});

test('routing that another program turned on stays on, without a guard chain', async () => {
  await setForwarding(1);
  expect(await lab.portfwd(['apply'], `forwarding: enable\n${MODEL}`)).toMatchObject({ exitCode: 0 });
  expect(await connect('client', '10.0.0.2', 5000)).toMatchObject({ who: 'backend' });
  await lab.portfwd(['down']);
  expect(await forwarding()).toBe('1\n1');
});

test('a default route from router advertisements stays when routing is turned on', async () => {
  await lab.sh('host', 'sysctl -qw net.ipv6.conf.out0.accept_ra=1');
  await lab.portfwd(['apply', '--enable-forwarding'], MODEL);
  expect(await lab.sh('host', 'sysctl -n net.ipv6.conf.out0.accept_ra')).toBe('2');
  await lab.portfwd(['down']);
  expect(await lab.sh('host', 'sysctl -n net.ipv6.conf.out0.accept_ra')).toBe('1');
});

test('an interface that appears while portfwd routes, such as that of a container, is not a difference', async () => {
  await lab.portfwd(['apply', '--enable-forwarding'], MODEL);
  await lab.sh(
    'host',
    `ip link add late0 type veth peer name late1
     sysctl -qw net.ipv6.conf.late0.accept_ra=1
     ip address add 2001:db8:9::1/64 dev late0 nodad; ip link set late0 up; ip link set late1 up`,
  );
  expect(await lab.portfwd(['status'])).toMatchObject({ exitCode: 0 });
  await lab.portfwd(['apply', '--enable-forwarding'], MODEL);
  expect(await lab.sh('host', 'sysctl -n net.ipv6.conf.late0.accept_ra')).toBe('1');
  await lab.sh('host', 'ip link delete late0');
});

test('status is critical when the guard is gone and routing is on', async () => {
  await lab.portfwd(['apply', '--enable-forwarding'], MODEL);
  await lab.sh('host', 'nft delete table inet portfwd');
  const { exitCode, stdout } = await lab.portfwd(['status']);
  expect({ exitCode, stdout }).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('critical: net.ipv4.ip_forward is on and its guard chain is not loaded'),
  });
});
