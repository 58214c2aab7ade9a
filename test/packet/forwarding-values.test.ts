import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { PATIENCE } from './lab/agent.ts';
import { PORTFWD_COMMAND, startLab, type Lab } from './lab/lab.ts';
import { withNftAlone } from './lab/revert-script.ts';
import { until } from './lab/until.ts';

const ONE = 'forwards: ["6000:10.0.0.2:5000"]\n';
const BOTH = 'version: 1\nforwards: ["6000:10.0.0.2:5000", "[::]:6000:[2001:db8:2::2]:5000"]\n';
const IPV4 = `version: 1\n${ONE}`;
const ENABLED = `version: 1\nforwarding: enable\n${ONE}`;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  for (const address of ['10.0.0.2', '2001:db8:2::2'])
    await lab.agents.backend.serve({ protocol: 'tcp', address, port: 5000 });
});
afterAll(async () => lab.stop());
beforeEach(async () => set(`net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0`));
afterEach(async () => {
  await lab.portfwd(['down']);
  await lab.sh('host', 'for name in late.1 late2; do ip link delete $name 2>/dev/null || true; done');
});

const set = async (values: string) => lab.sh('host', `sysctl -qw net.ipv4.ip_forward=1; sysctl -qw ${values}`);
const read = async (...names: readonly string[]) => (await lab.sh('host', `sysctl -n ${names.join(' ')}`)).split('\n');
const connect = async (timeout: number = PATIENCE.answer) =>
  lab.agents.client.probe({ protocol: 'tcp', to: '203.0.113.1', port: 6000, timeout });

/** Every setting of IPv4 and IPv6, except what the kernel counts or draws. */
const everyValue = async (): Promise<string> =>
  lab.sh(
    'host',
    `cd /proc/sys/net && find ipv4/conf ipv6/conf ipv4/ip_forward -type f ! -name stable_secret ! -path '*/late*' -exec grep -H '' {} + | sort`,
  );

/** A host on which interfaces and defaults differ, as administrators and network managers leave it. */
const MIXED =
  'net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 net.ipv4.conf.svc0.forwarding=1 net.ipv4.conf.port1.forwarding=1 net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.default.forwarding=1 net.ipv6.conf.svc0.forwarding=1 net.ipv6.conf.out0.accept_ra=1 net.ipv6.conf.default.forwarding=1';

/** Only Linux 6.17 and later have force_forwarding. */
const mix = async (): Promise<string> => {
  await set(MIXED);
  return lab.sh('host', 'sysctl -eqw net.ipv6.conf.svc0.force_forwarding=1');
};

test('everything that changes with ip_forward is as before after down, also of interfaces that came later', async () => {
  await mix();
  const before = await everyValue();
  expect(await lab.portfwd(['apply', '--enable-forwarding'], BOTH)).toMatchObject({ exitCode: 0 });
  expect(await lab.portfwd(['apply', '--enable-forwarding'])).toMatchObject({ exitCode: 0 });
  expect(await read('net.ipv4.ip_forward', 'net.ipv4.conf.out0.forwarding')).toEqual(['1', '1']);
  await lab.sh('host', 'ip link add late.1 type veth peer name late2');
  expect(await lab.portfwd(['apply', '--enable-forwarding'], BOTH.replace('6000', '6001'))).toMatchObject({
    exitCode: 0,
  });
  expect(await lab.portfwd(['down'])).toMatchObject({ exitCode: 0 });
  expect(await everyValue()).toBe(before);
  expect(await read('net.ipv4.conf.late/1.forwarding', 'net.ipv6.conf.late/1.forwarding')).toEqual(['1', '1']);
});

test('a forward for this host alone, loaded afterwards, restores the values as down does', async () => {
  await mix();
  const before = await everyValue();
  await lab.portfwd(['apply', '--enable-forwarding'], BOTH);
  const local = 'version: 1\nforwards: ["6000:192.168.0.2:5000"]\n';
  expect(await lab.portfwd(['apply'], local)).toMatchObject({ exitCode: 0 });
  expect(await everyValue()).toBe(before);
});

test('a change that is not confirmed leaves every value as it was', async () => {
  await mix();
  const before = await everyValue();
  expect(await lab.portfwd(['apply', '--enable-forwarding', '--confirm', '2'], BOTH)).toMatchObject({ exitCode: 6 });
  expect(await everyValue()).toBe(before);
});

test('where portfwd itself cannot run, nft and the shell alone revert to every value', async () => {
  await mix();
  const before = await everyValue();
  const applying = lab.portfwd(['apply', '--enable-forwarding', '--confirm', '600'], BOTH);
  await until('the script is written', async () =>
    (await lab.sh('host', `ls ${lab.directory}/state`)).includes('revert.sh'),
  );
  await until('it is loaded', async () => (await read('net.ipv4.ip_forward'))[0] === '1');
  const script = `${lab.directory}/state/revert.sh`;
  writeFileSync(`${script}.now`, withNftAlone(readFileSync(script, 'utf8')));
  await lab.sh('host', `sh ${script}.now 0`);
  expect(await everyValue()).toBe(before);
  await lab.portfwd(['rollback']);
  await applying;
  expect(await everyValue()).toBe(before);
});

test('killed at any point, the next down restores every value', async () => {
  await mix();
  const before = await everyValue();
  lab.writeModel(BOTH);
  for (const milliseconds of [200, 400, 500, 600, 700, 800, 900]) {
    const apply = [...PORTFWD_COMMAND, 'apply', '--enable-forwarding'].join(' ');
    await lab.sh('host', `export ${env()}; timeout -s KILL ${milliseconds / 1000} ${apply} >/dev/null 2>&1 || true`);
    await lab.sh(
      'host',
      `export ${env()}; timeout -s KILL ${milliseconds / 1000} ${PORTFWD_COMMAND.join(' ')} down >/dev/null 2>&1 || true`,
    );
    await lab.portfwd(['down']);
    expect(await everyValue(), `killed after ${milliseconds} ms`).toBe(before);
  }
});

const env = (): string =>
  Object.entries(lab.env)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

test('where the interfaces of clients and target route, ip_forward 0 is not an obstacle', async () => {
  await set('net.ipv4.ip_forward=0 net.ipv4.conf.out0.forwarding=1 net.ipv4.conf.in0.forwarding=1');
  const named = 'version: 1\nforwards: [{listen: 6000, target: "10.0.0.2:5000", interface: out0}]\n';
  expect(await lab.portfwd(['apply'], named)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await connect()).toMatchObject({ who: 'backend', sees: '203.0.113.7' });
  expect(await lab.portfwd(['status'])).toMatchObject({ exitCode: 0 });
});

test('ip_forward 1 does not hide an interface that does not route', async () => {
  await set('net.ipv4.conf.out0.forwarding=0');
  const { exitCode, stderr } = await lab.portfwd(['apply'], IPV4);
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining(
      'out0 does not route (net.ipv4.conf.out0.forwarding is 0): clients that come in through out0 cannot use forward tcp-6000; write forwarding: enable, and portfwd lets it route for the forwards only; or run: sysctl -w net.ipv4.conf.out0.forwarding=1',
    ),
  });
  expect(await connect(PATIENCE.silence)).toBeNull();
  await lab.sh('host', 'sysctl -qw net.ipv4.conf.out0.forwarding=1');
  expect(await lab.portfwd(['apply'])).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await connect()).toMatchObject({ who: 'backend' });
});

test('answers need the interface of the target: refused by its name, and the printed command is enough', async () => {
  await set('net.ipv4.conf.in0.forwarding=0');
  const { exitCode, stderr } = await lab.portfwd(['apply'], IPV4);
  expect(exitCode).toBe(3);
  expect(stderr).toContain('in0 does not route (net.ipv4.conf.in0.forwarding is 0)');
  const [command = ''] = /sysctl -w \S+/.exec(stderr) ?? [];
  await lab.sh('host', command);
  expect(await lab.portfwd(['apply'])).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('route') });
  expect(await connect()).toMatchObject({ who: 'backend' });
});

test('on a host that routes, only the interface that does not is turned on, and only that one goes off again', async () => {
  await set('net.ipv4.conf.in0.forwarding=0');
  const before = await everyValue();
  expect(await lab.portfwd(['apply'], ENABLED)).toMatchObject({ exitCode: 0 });
  expect(await connect()).toMatchObject({ who: 'backend' });
  expect(await lab.portfwd(['status'])).toMatchObject({ exitCode: 0 });
  await lab.portfwd(['down']);
  expect(await everyValue()).toBe(before);
});

test('an interface that was switched off by hand afterwards is drift, and apply turns it on again', async () => {
  await set('net.ipv4.ip_forward=0');
  await lab.portfwd(['apply'], ENABLED);
  await lab.sh('host', 'sysctl -qw net.ipv4.conf.in0.forwarding=0');
  const { exitCode, stdout } = await lab.portfwd(['status']);
  expect({ exitCode, stdout }).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('sysctl net.ipv4.conf.in0.forwarding  is 0, should be 1'),
  });
  expect((await lab.portfwd(['list'])).stdout).toContain('drifted');
  await lab.portfwd(['apply']);
  expect(await connect()).toMatchObject({ who: 'backend' });
  await lab.portfwd(['down']);
  expect(await read('net.ipv4.ip_forward', 'net.ipv4.conf.in0.forwarding')).toEqual(['0', '0']);
});

test('between interfaces that routed before, the host goes on routing with the guard loaded', async () => {
  await set('net.ipv4.ip_forward=0 net.ipv4.conf.out0.forwarding=1 net.ipv4.conf.in0.forwarding=1');
  const direct = async () =>
    lab.agents.client.probe({ protocol: 'tcp', to: '10.0.0.2', port: 5000, timeout: PATIENCE.answer });
  expect(await direct()).toMatchObject({ who: 'backend' });
  expect(await lab.portfwd(['apply'], ENABLED)).toMatchObject({ exitCode: 0 });
  expect(await read('net.ipv4.ip_forward', 'net.ipv4.conf.svc0.forwarding')).toEqual(['1', '1']);
  expect(await direct()).toMatchObject({ who: 'backend' });
  expect(await connect()).toMatchObject({ who: 'backend' });
  await lab.portfwd(['down']);
  expect(await direct()).toMatchObject({ who: 'backend' });
  expect(await read('net.ipv4.ip_forward', 'net.ipv4.conf.svc0.forwarding')).toEqual(['0', '0']);
});
