import { execa } from 'execa';
import { expect } from 'vitest';
import { PATIENCE, type Agent } from '../lab/agent.ts';
import { startLab, type Lab } from '../lab/lab.ts';

export const MODEL =
  'version: 1\nforwarding: enable\nforwards: ["6000:10.0.0.2:5000", "[::]:6000:[2001:db8:2::2]:5000"]\n';
export const HOST = { ip: '203.0.113.1', ip6: '2001:db8:1::1' } as const;
export const CLIENT = { ip: '203.0.113.7', ip6: '2001:db8:1::7' } as const;
export const BACKEND = { ip: '10.0.0.2', ip6: '2001:db8:2::2' } as const;
export const NEIGHBOUR = { ip: '10.0.0.3', ip6: '2001:db8:2::3' } as const;

/** Each machine around the host has a service. */
export async function startGuardLab(): Promise<Lab> {
  const lab = await startLab({ bridgeNetfilter: true });
  const { client, backend, neighbour } = lab.agents;
  for (const family of ['ip', 'ip6'] as const) {
    await client.serve({ protocol: 'tcp', address: CLIENT[family], port: 7000 });
    await backend.serve({ protocol: 'tcp', address: BACKEND[family], port: 5000 });
    await neighbour.serve({ protocol: 'tcp', address: NEIGHBOUR[family], port: 5000 });
  }
  return lab;
}

/** portfwd turns routing on for its forwards. */
export async function applyModel(lab: Lab): Promise<void> {
  await lab.sh('host', 'sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0');
  expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
}

/** Also removes what a test may have added. */
export async function removeAll(lab: Lab): Promise<void> {
  await lab.sh('host', 'nft delete table inet blanket 2>/dev/null || true');
  await lab.portfwd(['down']);
  await lab.sh('host', 'nft flush ruleset\nfor link in wg0 ppp0; do ip link delete $link 2>/dev/null || true; done');
  await execa('ip', ['netns', 'delete', 'late'], { reject: false });
}

export const ask = async (agent: Agent, to: string, port: number) =>
  agent.probe({ protocol: 'tcp', to, port, timeout: PATIENCE.answer });

export const isSilent = async (agent: Agent, to: string, port: number) =>
  (await agent.probe({ protocol: 'tcp', to, port, timeout: PATIENCE.silence })) === null;
