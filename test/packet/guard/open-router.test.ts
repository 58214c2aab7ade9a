import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { execa } from 'execa';
import { PATIENCE, startAgent } from '../lab/agent.ts';
import type { Lab } from '../lab/lab.ts';
import {
  applyModel,
  ask,
  BACKEND,
  CLIENT,
  HOST,
  isSilent,
  MODEL,
  NEIGHBOUR,
  removeAll,
  startGuardLab,
} from './guard-lab.ts';
import { addLateLink, BLANKET, count, LATE, LATE_GATEWAY } from './late-link.ts';

const ONE_ARMED =
  'version: 1\nforwarding: enable\nforwards: ["6001:203.0.113.7:7000", "[::]:6001:[2001:db8:1::7]:7000"]\n';
const SERVICE = { ip: '192.168.0.2', ip6: '2001:db8:3::2' } as const;
const TUNNEL_PORT = { ip: 7100, ip6: 7101 } as const;

let lab: Lab;
beforeAll(async () => {
  lab = await startGuardLab();
});
afterAll(async () => lab.stop());
beforeEach(async () => applyModel(lab));
afterEach(async () => removeAll(lab));

describe.each(['ip', 'ip6'] as const)('routing that portfwd turned on is not open (%s)', (family) => {
  test('outside does not reach the target, nor other hosts of the LAN', async () => {
    expect(await isSilent(lab.agents.client, BACKEND[family], 5000)).toBe(true);
    expect(await isSilent(lab.agents.client, NEIGHBOUR[family], 5000)).toBe(true);
    expect(await ask(lab.agents.client, HOST[family], 6000)).toMatchObject({ who: 'backend' });
  });

  test('the LAN does not reach outside, unless another program masquerades it', async () => {
    expect(await isSilent(lab.agents.neighbour, CLIENT[family], 7000)).toBe(true);
    await lab.sh(
      'host',
      `nft 'table inet lan { chain leaving { type nat hook postrouting priority 100; iifname "in0" oifname "out0" masquerade; }; }'`,
    );
    expect(await ask(lab.agents.neighbour, CLIENT[family], 7000)).toMatchObject({ who: 'client', sees: HOST[family] });
  });

  test('masquerading everything does not open the LAN to outside', async () => {
    await lab.sh('host', BLANKET);
    expect(await isSilent(lab.agents.client, BACKEND[family], 5000)).toBe(true);
    expect(await isSilent(lab.agents.client, NEIGHBOUR[family], 5000)).toBe(true);
    expect(await ask(lab.agents.client, HOST[family], 6000)).toMatchObject({ who: 'backend' });
  });

  test('hosts on one bridge reach each other', async () => {
    expect(await ask(lab.agents.neighbour, BACKEND[family], 5000)).toMatchObject({ sees: NEIGHBOUR[family] });
    expect(await ask(lab.agents.backend, NEIGHBOUR[family], 5000)).toMatchObject({ sees: BACKEND[family] });
  });

  test('masquerading everything does not open a target that is on the link of an uplink, and what is behind that link stays reachable', async () => {
    const beyond = { ip: '198.51.100.9', ip6: '2001:db8:9::9' }[family];
    await lab.sh('client', addToLo(beyond));
    await lab.sh('host', `ip route add ${beyond} via ${CLIENT[family]}`);
    await lab.agents.client.serve({ protocol: 'tcp', address: beyond, port: 7000 });
    expect(await lab.portfwd(['apply'], ONE_ARMED)).toMatchObject({ exitCode: 0 });
    await lab.sh('host', BLANKET);
    await addLateLink();
    const late = await startAgent('late');
    expect(await isSilent(late, CLIENT[family], 7000)).toBe(true);
    expect(await ask(late, LATE_GATEWAY[family], 6001)).toMatchObject({ who: 'client' });
    expect(await ask(late, beyond, 7000)).toMatchObject({ who: 'client', sees: HOST[family] });
    await late.stop();
    await lab.sh('host', `ip route delete ${beyond}`);
  });

  test('masquerading everything does not open the target to a LAN, nor the LAN to the target', async () => {
    await lab.portfwd(['down']);
    await addLateLink();
    expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
    await lab.sh('host', BLANKET);
    const lan = await startAgent('late');
    expect(await isSilent(lan, BACKEND[family], 5000)).toBe(true);
    expect(await ask(lan, CLIENT[family], 7000)).toMatchObject({ who: 'client', sees: HOST[family] });
    expect(await ask(lan, LATE_GATEWAY[family], 6000)).toMatchObject({ who: 'backend' });
    await lan.serve({ protocol: 'tcp', address: LATE[family], port: 7000 });
    expect(await isSilent(lab.agents.backend, LATE[family], 7000)).toBe(true);
    expect(await ask(lab.agents.backend, CLIENT[family], 7000)).toMatchObject({ who: 'client', sees: HOST[family] });
    await lan.stop();
  });

  test('a packet with a forged source address of this host does not pass, nor does a scan with FIN from it', async () => {
    await addLateLink();
    const forge = addToLo(SERVICE[family]);
    await lab.sh('client', `${forge}\n${FIN_ONLY}`);
    await execa('ip', ['netns', 'exec', 'late', 'sh', '-ec', forge]);
    await lab.sh('backend', COUNT);
    const late = await startAgent('late');
    for (const agent of [late, lab.agents.client])
      expect(
        await agent.probe({
          protocol: 'tcp',
          to: BACKEND[family],
          port: 5555,
          from: SERVICE[family],
          timeout: PATIENCE.silence,
        }),
      ).toBeNull();
    expect(await lab.sh('backend', 'nft list table inet seen')).toContain('counter packets 0');
    await late.stop();
    await lab.sh('client', `ip address delete ${SERVICE[family]} dev lo\nnft flush ruleset`);
    await lab.sh('backend', 'nft flush ruleset');
  });

  test('two networks that the host connected before still reach each other, and not the target', async () => {
    await lab.portfwd(['down']);
    await addLateLink();
    const late = await startAgent('late');
    await late.serve({ protocol: 'tcp', address: LATE[family], port: 7000 });
    const forwarding = { ip: 'net.ipv4.conf.@.forwarding', ip6: 'net.ipv6.conf.@.force_forwarding' }[family];
    const names = ['out0', 'wg0'].map((name) => forwarding.replace('@', name));
    const isKnown = await lab.sh(
      'host',
      `sysctl -qw ${names.map((name) => `${name}=1`).join(' ')} 2>&1 || echo unknown`,
    );
    expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
    // Only newer kernels have force_forwarding.
    if (isKnown === '') expect(await ask(lab.agents.client, LATE[family], 7000)).toMatchObject({ who: 'late' });
    expect(await isSilent(lab.agents.client, BACKEND[family], 5000)).toBe(true);
    expect(await isSilent(late, BACKEND[family], 5000)).toBe(true);
    expect(await ask(late, LATE_GATEWAY[family], 6000)).toMatchObject({ who: 'backend' });
    await late.stop();
  });

  test('a packet that begins no connection does not pass: a scan with FIN', async () => {
    await lab.sh('client', FIN_ONLY);
    await lab.sh('backend', COUNT);
    expect(await isSilent(lab.agents.client, BACKEND[family], 5555)).toBe(true);
    expect(await lab.sh('backend', 'nft list table inet seen')).toContain('counter packets 0');
    await lab.sh('client', 'nft flush ruleset');
    await lab.sh('backend', 'nft flush ruleset');
  });

  test('a tunnel of this host keeps working', async () => {
    await lab.sh('host', `${tunnel(HOST[family], CLIENT[family])}ip address add 172.30.0.1/24 dev vx0`);
    await lab.sh('client', `${tunnel(CLIENT[family], HOST[family])}ip address add 172.30.0.2/24 dev vx0`);
    await lab.agents.client.serve({ protocol: 'tcp', address: '172.30.0.2', port: TUNNEL_PORT[family] });
    expect(await ask(lab.agents.host, '172.30.0.2', TUNNEL_PORT[family])).toMatchObject({ who: 'client' });
    for (const machine of ['host', 'client'] as const) await lab.sh(machine, 'ip link delete vx0');
  });
});

const FIN_ONLY = `nft 'table inet scan { chain leaving { type filter hook postrouting priority 0; tcp dport 5555 tcp flags set fin; }; }'`;
const COUNT = count('tcp dport 5555');
const addToLo = (address: string) => `ip address add ${address} dev lo ${address.includes(':') ? 'nodad' : ''}`;

const tunnel = (own: string, other: string) =>
  `ip link add vx0 type vxlan id 5 remote ${other} local ${own} dstport 4789
   ip link set vx0 up\n`;
