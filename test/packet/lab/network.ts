import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { PATIENCE, startAgent, type Agent } from './agent.ts';
import type { Shown } from './apply-findings.ts';
import { PORTFWD_COMMAND } from './lab.ts';

/** Machines of a test's own, one of which is called `host` and runs portfwd. */
export interface Network<M extends string> {
  readonly agents: Readonly<Record<M, Agent>>;
  readonly sh: (machine: M, script: string) => Promise<string>;
  readonly portfwd: (...args: readonly string[]) => Promise<Ended>;
  /** The warnings about the host; the forwards are loaded anyway. */
  readonly apply: (forwards: readonly unknown[], top?: Readonly<Record<string, unknown>>) => Promise<readonly Shown[]>;
  /** The same with the text of a file. */
  readonly applyText: (model: string) => Promise<readonly Shown[]>;
  /** The client that the service sees; undefined if there is no answer. */
  readonly seen: (from: M, to: string, port: number, protocol?: 'tcp' | 'udp') => Promise<string | undefined>;
  /** The same where no answer is expected: it does not wait long. */
  readonly isSilent: (from: M, to: string, port: number, protocol?: 'tcp' | 'udp') => Promise<boolean>;
  readonly stop: () => Promise<void>;
}

interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A link between two machines: name of the machine, name of the interface, addresses. */
type Link<M extends string> = readonly [...End<M>, ...End<M>];
type End<M extends string> = readonly [machine: M, name: string, addresses: string];

export async function startNetwork<M extends string>(
  machines: readonly (M | 'host')[],
  links: readonly Link<M | 'host'>[],
  scripts: Readonly<Partial<Record<M | 'host', string>>>,
): Promise<Network<M | 'host'>> {
  type Machine = M | 'host';
  const directory = mkdtempSync(join(tmpdir(), 'portfwd-network-'));
  const file = join(directory, 'portfwd.yaml');
  const env = { PORTFWD_CONFIG: file, PORTFWD_STATE_DIR: join(directory, 'state') };
  const sh = async (machine: Machine, script: string): Promise<string> =>
    (await execa('ip', ['netns', 'exec', machine, 'sh', '-ec', `${AS_PORTFWD}\n${script}`], { env })).stdout;
  for (const machine of machines) await execa('ip', ['netns', 'add', machine]);
  for (const machine of machines) await sh(machine, PREPARED);
  for (const [one, name, addresses, other, otherName, otherAddresses] of links) {
    await execa('ip', ['link', 'add', name, 'netns', one, 'type', 'veth', 'peer', 'name', otherName, 'netns', other]);
    await sh(one, up(name, addresses));
    await sh(other, up(otherName, otherAddresses));
  }
  for (const machine of machines) if (scripts[machine] !== undefined) await sh(machine, scripts[machine] ?? '');
  const started = await Promise.all(machines.map(async (machine) => [machine, await startAgent(machine)] as const));
  const agents = Object.fromEntries(started) as Record<Machine, Agent>;
  const portfwd: Network<Machine>['portfwd'] = async (...args) => {
    const { exitCode, stdout, stderr } = await execa('ip', ['netns', 'exec', 'host', ...PORTFWD_COMMAND, ...args], {
      env,
      reject: false,
    });
    return { exitCode, stdout, stderr };
  };
  const applyText: Network<Machine>['applyText'] = async (model) => {
    writeFileSync(file, model);
    const { exitCode, stderr } = await portfwd('apply', '--json');
    expect(`${exitCode} ${exitCode === 0 ? '' : stderr}`).toBe('0 ');
    const { findings = [] } = JSON.parse(stderr === '' ? '{}' : stderr) as { readonly findings?: Shown[] };
    return findings.filter(({ severity }) => severity !== 'note');
  };
  const ask = async (from: Machine, to: string, port: number, protocol: 'tcp' | 'udp', timeout: number) =>
    (await agents[from].probe({ protocol, to, port, timeout }))?.sees;
  return {
    agents,
    sh,
    portfwd,
    apply: async (forwards, top = {}) => applyText(JSON.stringify({ version: 1, ...top, forwards })),
    applyText,
    seen: async (from, to, port, protocol = 'tcp') => ask(from, to, port, protocol, PATIENCE.answer),
    isSilent: async (from, to, port, protocol = 'tcp') =>
      (await ask(from, to, port, protocol, PATIENCE.silence)) === undefined,
    stop: async () => {
      await Promise.all(machines.map(async (machine) => agents[machine].stop()));
      for (const machine of machines) await execa('ip', ['netns', 'delete', machine]);
      rmSync(directory, { recursive: true });
    },
  };
}

/** Lets a script run the built command as `portfwd`. */
const AS_PORTFWD = `portfwd() { ${PORTFWD_COMMAND.join(' ')} "$@"; }`;

/** Bridges of a test are only wires: their frames do not pass the firewall. */
const PREPARED =
  'ip link set lo up; sysctl -qw net.ipv6.conf.all.accept_dad=0 net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0';

const up = (name: string, addresses: string): string =>
  [
    ...addresses
      .split(' ')
      .filter(Boolean)
      .map((address) => `ip address add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`),
    `ip link set ${name} up`,
  ].join('\n');

/** Connects the interfaces to a bridge in a machine. */
export const bridge = (name: string, ports: readonly string[], addresses = ''): string =>
  [
    `ip link add ${name} type bridge`,
    ...ports.map((port) => `ip link set ${port} master ${name}`),
    up(name, addresses),
  ].join('\n');

export const ROUTES = 'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1';
