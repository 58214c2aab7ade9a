import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { doctor, onHost, runAll } from './doctor-lab.ts';

/** Causes that stop only some clients or connections: each is named first, and is gone after what doctor prints. */
const FORWARDS = {
  from: '{name: from, listen: 6000, target: "192.168.0.2:5001", from: [203.0.113.64/26]}',
  helper: '{name: helper, listen: 6001, target: "192.168.0.2:21"}',
  'ephemeral-range': '{name: ephemeral-range, listen: 40000, target: "192.168.0.2:5001"}',
  mtu: '{name: mtu, listen: 6002, target: "10.0.1.3:5000"}',
  'bridge-hairpin': '{name: bridge-hairpin, listen: 6003, target: "10.0.0.2:5000"}',
  'hides-listener': '{name: hides-listener, listen: 6004, target: "192.168.0.2:5001"}',
};
const NAMES = Object.keys(FORWARDS);

let lab: Lab;
beforeAll(async () => {
  vi.stubEnv('SSH_CONNECTION', '203.0.113.7 50000 203.0.113.1 22');
  lab = await startLab();
  await execa('sh', ['-ec', 'ip link add in1 netns host type veth peer name eth1 netns neighbour']);
  await runAll(lab, {
    host: 'ip address add 10.0.1.1/24 dev in1; ip link set in1 mtu 1280 up; sysctl -qw net.bridge.bridge-nf-call-iptables=1',
    neighbour: 'ip address add 10.0.1.3/24 dev eth1; ip link set eth1 mtu 1280 up',
  });
  const { backend, host, neighbour } = lab.agents;
  await Promise.all([
    backend.serve({ protocol: 'tcp', address: '0.0.0.0', port: 5000 }),
    neighbour.serve({ protocol: 'tcp', address: '0.0.0.0', port: 5000 }),
    ...[21, 5001].map(async (port) => host.serve({ protocol: 'tcp', address: '192.168.0.2', port })),
  ]);
});
afterAll(async () => lab.stop());

/** The causes of each forward, for a user who is logged in from the client. */
async function found(): Promise<
  Map<string, { first: string | undefined; codes: string[]; commands: readonly string[] }>
> {
  const { forwards } = await doctor(lab);
  return new Map(
    forwards.map(({ name, causes }) => [
      name,
      {
        first: causes[0]?.code,
        codes: causes.map(({ code }) => code),
        commands: causes.find(({ code }) => code === name)?.commands ?? [],
      },
    ]),
  );
}

const probe = async (machine: 'client' | 'backend', port: number, timeout: number) =>
  (await lab.agents[machine].probe({ protocol: 'tcp', to: '203.0.113.1', port, timeout }))?.who;

test('what concerns only some connections is named, alone and behind a firewall that drops', async () => {
  lab.writeModel(
    `version: 1\nforwards:\n${Object.values(FORWARDS)
      .map((forward) => `- ${forward}\n`)
      .join('')}`,
  );
  await onHost(lab, 'portfwd apply');
  await lab.agents.host.serve({ protocol: 'tcp', address: '0.0.0.0', port: 6004 });
  expect(await probe('client', 6000, PATIENCE.silence)).toBeUndefined();
  expect(await probe('backend', 6003, PATIENCE.silence)).toBeUndefined();
  const alone = await found();
  expect(NAMES.map((name) => alone.get(name)?.first)).toEqual(NAMES);

  await onHost(lab, 'iptables -P FORWARD DROP');
  const behind = await found();
  expect(NAMES.map((name) => behind.get(name)?.codes.includes(name))).toEqual(NAMES.map(() => true));
  expect(['mtu', 'bridge-hairpin'].map((name) => behind.get(name)?.first)).toEqual(['dropped', 'dropped']);
  await onHost(lab, 'iptables -P FORWARD ACCEPT');

  const commands = ['from', 'ephemeral-range', 'bridge-hairpin'].map((name) => alone.get(name)?.commands[0] ?? 'false');
  for (const command of commands) await onHost(lab, command);
  expect(await probe('client', 6000, PATIENCE.answer)).toBe('host');
  expect(await probe('backend', 6003, PATIENCE.answer)).toBe('backend');
  const after = await found();
  expect(['ephemeral-range', 'bridge-hairpin'].flatMap((name) => after.get(name)?.codes)).toEqual([]);
});
