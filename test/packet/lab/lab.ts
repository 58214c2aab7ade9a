import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { startAgent, type Agent } from './agent.ts';

/**
 *     client ──────── out0 host in0 (bridge) ──┬── backend
 *   203.0.113.7   203.0.113.1   10.0.0.1       └── neighbour
 *                 svc0 192.168.0.2 (a bridge without ports: an address of the host itself)
 */
const MACHINES = ['client', 'host', 'backend', 'neighbour'] as const;
export type Machine = (typeof MACHINES)[number];

const LINKS = `
  ip link add out0 netns host type veth peer name eth0 netns client
  ip -n host link add in0 type bridge
  ip -n host link add svc0 type bridge
  ip link add port1 netns host type veth peer name eth0 netns backend
  ip link add port2 netns host type veth peer name eth0 netns neighbour
  ip -n host link set port1 master in0
  ip -n host link set port2 master in0
`;

const ADDRESSES: Record<Machine, readonly (readonly [string, ...string[]])[]> = {
  client: [['eth0', '203.0.113.7/24', '2001:db8:1::7/64']],
  host: [
    ['out0', '203.0.113.1/24', '203.0.113.2/32', '2001:db8:1::1/64'],
    ['in0', '10.0.0.1/24', '2001:db8:2::1/64'],
    ['svc0', '192.168.0.2/24', '2001:db8:3::2/64'],
    ['port1'],
    ['port2'],
  ],
  backend: [['eth0', '10.0.0.2/24', '2001:db8:2::2/64']],
  neighbour: [['eth0', '10.0.0.3/24', '2001:db8:2::3/64']],
};

const GATEWAYS: Partial<Record<Machine, readonly string[]>> = {
  client: ['203.0.113.1', '2001:db8:1::1'],
  backend: ['10.0.0.1', '2001:db8:2::1'],
  neighbour: ['10.0.0.1', '2001:db8:2::1'],
};

export interface LabOptions {
  readonly bridgeNetfilter?: boolean;
}

export interface Lab {
  readonly agents: Readonly<Record<Machine, Agent>>;
  /** Runs a shell command inside a machine; throws when it fails. */
  readonly sh: (machine: Machine, command: string) => Promise<string>;
  /** Runs the built portfwd on the host with a model file of this text; never throws. */
  readonly portfwd: (
    args: readonly string[],
    model?: string,
  ) => Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** Applies what covers a listening socket, and confirms it; throws unless both succeed. What apply said. */
  readonly force: (model: string, ...options: readonly string[]) => Promise<string>;
  readonly writeModel: (text: string) => void;
  /** What makes portfwd use the lab's model file and state directory. */
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly stop: () => Promise<void>;
}

/** The built command, to be run on a machine of the lab. */
export const PORTFWD_COMMAND = [
  process.execPath,
  new URL('../../../dist/portfwd.js', import.meta.url).pathname,
] as const;

/** Must run inside scripts/in-lab: a mount, network and process namespace that is thrown away. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const directory = mkdtempSync(join(tmpdir(), 'portfwd-lab-'));
  const sh = async (machine: Machine, command: string): Promise<string> =>
    (await execa('ip', ['netns', 'exec', machine, 'sh', '-ec', command])).stdout;
  await build(sh, options);
  const [client, host, backend, neighbour] = await Promise.all(MACHINES.map(startAgent));
  const agents = { client, host, backend, neighbour } as Record<Machine, Agent>;
  const file = join(directory, 'portfwd.yaml');
  const env = { PORTFWD_CONFIG: file, PORTFWD_STATE_DIR: join(directory, 'state') };
  const writeModel = (text: string): void => writeFileSync(file, text);
  const portfwd = (...args: readonly string[]) =>
    execa('ip', ['netns', 'exec', 'host', ...PORTFWD_COMMAND, ...args], { env, reject: false });
  return {
    agents,
    sh,
    writeModel,
    directory,
    env,
    portfwd: async (args, model) => {
      if (model !== undefined) writeModel(model);
      const result = await portfwd(...args);
      return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
    },
    force: async (model, ...options) => {
      writeModel(model);
      const applying = portfwd('apply', '--force', '--confirm', '600', ...options);
      await Promise.race([applying, hears(applying.stderr, 'applied; reverting in')]);
      const confirmed = await portfwd('confirm');
      const { exitCode, stderr } = await applying;
      if (exitCode === 0 && confirmed.exitCode === 0) return stderr;
      throw new Error(`portfwd apply ended with ${exitCode}: ${stderr}${confirmed.stderr}`);
    },
    stop: async () => {
      await Promise.all(MACHINES.map(async (machine) => agents[machine].stop()));
      await Promise.all(MACHINES.map(async (machine) => execa('ip', ['netns', 'delete', machine])));
      rmSync(directory, { recursive: true });
    },
  };
}

const hears = async (stream: Readable, text: string): Promise<void> =>
  new Promise((resolve) => {
    let heard = '';
    stream.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (heard.includes(text)) resolve();
    });
  });

async function build(sh: Lab['sh'], { bridgeNetfilter = false }: LabOptions): Promise<void> {
  await execa('sh', ['-ec', MACHINES.map((machine) => `ip netns add ${machine}`).join('\n')]);
  await execa('sh', ['-ec', LINKS]);
  const up = MACHINES.map((machine) => {
    const links = ADDRESSES[machine].flatMap(([link, ...addresses]) => [
      `ip link set ${link} up`,
      ...addresses.map((address) => `ip address add ${address} dev ${link}${address.includes(':') ? ' nodad' : ''}`),
    ]);
    const routes = (GATEWAYS[machine] ?? []).map((gateway) => `ip route add default via ${gateway}`);
    return sh(
      machine,
      ['ip link set lo up', 'sysctl -qw net.ipv6.conf.all.accept_dad=0', ...links, ...routes].join('\n'),
    );
  });
  await Promise.all(up);
  const flag = bridgeNetfilter ? 1 : 0;
  await sh('host', `sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1`);
  await sh('host', `sysctl -qw net.bridge.bridge-nf-call-iptables=${flag} net.bridge.bridge-nf-call-ip6tables=${flag}`);
  if (bridgeNetfilter) await sh('host', 'bridge link set dev port1 hairpin on\nbridge link set dev port2 hairpin on');
}
