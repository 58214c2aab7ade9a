import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recipe } from '../../support/recipes.ts';
import { PATIENCE } from '../lab/agent.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { bridge, startNetwork, type Network } from '../lab/network.ts';
import { until } from '../lab/until.ts';

/**
 *     client 203.0.113.7 ──┬── wan0 one lan0 ──┬── target 10.0.0.2
 *                          └── wan0 two lan0 ──┘
 *
 * keepalived moves 203.0.113.1 and 10.0.0.1 between one and two.
 */
const MACHINES = ['client', 'one', 'two', 'target', 'wires'] as const;
type Machine = (typeof MACHINES)[number];
type Node = 'one' | 'two';
const [MODEL = ''] = recipe('A VRRP pair', 'yaml');
const [KEEPALIVED = ''] = recipe('A VRRP pair', 'text');
const [COMPARE = ''] = recipe('A VRRP pair', 'sh');

let net: Network<Machine>;
let directory: string;
let daemons: readonly ChildProcess[] = [];
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portfwd-pair-'));
  writeFileSync(join(directory, 'portfwd.yaml'), MODEL);
  net = await startNetwork<Machine>(
    MACHINES,
    [
      ['client', 'eth0', '203.0.113.7/24', 'wires', 'out1', ''],
      ['one', 'wan0', '203.0.113.2/24', 'wires', 'out2', ''],
      ['two', 'wan0', '203.0.113.3/24', 'wires', 'out3', ''],
      ['one', 'lan0', '10.0.0.3/24', 'wires', 'in1', ''],
      ['two', 'lan0', '10.0.0.4/24', 'wires', 'in2', ''],
      ['target', 'eth0', '10.0.0.2/24', 'wires', 'in3', ''],
    ],
    {
      wires: `${bridge('out', ['out1', 'out2', 'out3'])}\n${bridge('in0', ['in1', 'in2', 'in3'])}`,
      target: 'ip route add default via 10.0.0.1',
    },
  );
  const { target } = net.agents;
  await target.serve({ protocol: 'tcp', address: '10.0.0.2', port: 443, hold: true });
  for (const protocol of ['tcp', 'udp'] as const) await target.serve({ protocol, address: '10.0.0.2', port: 53 });
  // Both before one of them has the address, as after a boot.
  for (const node of ['one', 'two'] as const)
    expect(await portfwd(node, 'apply')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('[host/address-absent]'),
    });
  daemons = [await keepalived('one', KEEPALIVED), await keepalived('two', KEEPALIVED.replaceAll('150', '100'))];
  await untilMaster('one');
});
afterAll(async () => {
  for (const daemon of daemons) daemon.kill();
  await net.stop();
  rmSync(directory, { recursive: true });
});

const environment = (node: Node): string[] => [
  `PORTFWD_CONFIG=${directory}/portfwd.yaml`,
  `PORTFWD_STATE_DIR=${directory}/${node}`,
];
const onNode = (node: Node, ...args: readonly string[]): string[] => [
  'ip',
  'netns',
  'exec',
  node,
  'env',
  ...environment(node),
  ...PORTFWD_COMMAND,
  ...args,
];

async function portfwd(node: Node, ...args: readonly string[]) {
  const [program = '', ...words] = onNode(node, ...args);
  const { exitCode, stdout, stderr } = await execa(program, words, { reject: false });
  return { exitCode, stdout, stderr };
}

async function keepalived(node: Node, configuration: string): Promise<ChildProcess> {
  const get = new URL('../../../scripts/get-package', import.meta.url).pathname;
  const root = (await execa(get, ['--with-libraries', 'keepalived', 'usr/sbin/keepalived'])).stdout;
  const { stdout } = await execa('find', [root === '/' ? '/nothing' : root, '-name', '*.so.*', '-printf', '%h:'], {
    reject: false,
  });
  const file = join(directory, `${node}.conf`);
  writeFileSync(file, configuration);
  const records = ['-p', join(directory, `${node}.pid`), '-r', join(directory, `${node}-vrrp.pid`)];
  return spawn(
    'ip',
    ['netns', 'exec', node, join(root, 'usr/sbin/keepalived'), '-P', '-n', '-l', '-f', file, ...records],
    {
      stdio: 'ignore',
      env: { ...process.env, ...(stdout === '' ? {} : { LD_LIBRARY_PATH: stdout }) },
    },
  );
}

const untilMaster = async (node: Node): Promise<void> =>
  until(`${node} has both addresses`, async () => {
    const { stdout } = await execa('ip', ['-n', node, '-4', 'address', 'show']);
    return stdout.includes('203.0.113.1/24') && stdout.includes('10.0.0.1/24');
  });

const answer = async (protocol: 'tcp' | 'udp', port: number): Promise<string | undefined> =>
  (await net.agents.client.probe({ protocol, to: '203.0.113.1', port, timeout: PATIENCE.answer }))?.who;

const ok = (text: string) => ({ exitCode: 0, stdout: expect.stringContaining(text) });

test('the standby has the forwards and no fault', async () => {
  const commands = ['check', 'status', 'plan', 'doctor'] as const;
  const [check, ...others] = await Promise.all(commands.map(async (command) => portfwd('two', command)));
  expect(check).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('[host/address-absent]') });
  expect(others).toMatchObject([ok('in sync'), ok('nothing would change'), ok('no fault found\n  note: ')]);
  expect(await answer('tcp', 53)).toBe('target');
  expect(await answer('udp', 53)).toBe('target');
});

test('the digest shows whether both have the same forwards', async () => {
  const ssh = (['one', 'two'] as const).map((node) => `${node}) shift 2; ${onNode(node).join(' ')} "$@" ;;`);
  const script = `ssh() { case $1 in ${ssh.join('\n')} esac; }\n${COMPARE}`;
  const compare = async () => (await execa('bash', ['-euc', script], { reject: false })).exitCode;
  expect(await compare()).toBe(0);
  expect(await portfwd('two', 'down')).toMatchObject({ exitCode: 0 });
  expect(await compare()).toBe(1);
  expect(await portfwd('two', 'apply')).toMatchObject({ exitCode: 0 });
});

test('at a failover new connections and UDP flows go on, and TCP connections end', async () => {
  const { client } = net.agents;
  const tcp = await client.stream({ protocol: 'tcp', to: '203.0.113.1', port: 443 });
  const udp = await client.stream({ protocol: 'udp', to: '203.0.113.1', port: 53 });
  for (const stream of [tcp, udp]) expect((await stream.ask(PATIENCE.answer))?.who).toBe('target');
  await net.sh('one', 'ip link set wan0 down');
  await untilMaster('two');
  expect((await udp.ask(PATIENCE.answer))?.who).toBe('target');
  expect(await tcp.ask(PATIENCE.answer)).toBe(null);
  expect((await tcp.heard()).closed).toBe(true);
  expect(await answer('tcp', 53)).toBe('target');
  for (const node of ['one', 'two'] as const) expect(await portfwd(node, 'status')).toMatchObject(ok('in sync'));
  expect(await portfwd('two', 'doctor')).toMatchObject(ok('no fault found\ndns'));
  await udp.end();

  await net.sh('one', 'ip link set wan0 up');
  await untilMaster('one');
  expect(await answer('tcp', 53)).toBe('target');
  expect(await answer('udp', 53)).toBe('target');
});

test('without keepalived, doctor calls the missing address a fault', async () => {
  const ended = daemons.map(async (daemon) => once(daemon, 'exit'));
  for (const daemon of daemons) daemon.kill();
  await Promise.all(ended);
  expect(await portfwd('two', 'doctor', 'web')).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('[address-absent]'),
  });
});
