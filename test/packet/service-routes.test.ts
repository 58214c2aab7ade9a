import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from './lab/agent.ts';
import { PORTFWD_COMMAND, startLab, type Lab } from './lab/lab.ts';

/** Rules for a protocol and ports send the packets to a target, or its replies, another way than the main table. */
const NETWORK = `
  ip route add default via 203.0.113.9
  ip route add 192.0.2.0/24 via 10.0.0.2 table 60
  ip rule add priority 100 ipproto tcp dport 5000 lookup 60
  ip rule add priority 101 ipproto udp dport 5000-5010 lookup 60
  ip route add 198.18.0.0/24 via 203.0.113.7 table 61
  ip rule add priority 102 ipproto tcp sport 5000 lookup 61
  ip -6 route add default via 2001:db8:1::9
  ip -6 route add 2001:db8:64::/64 via 2001:db8:2::2 table 60
  ip -6 rule add ipproto tcp dport 5000 lookup 60
`;
const MODEL = `version: 1
forwards:
  - { listen: 7000, target: "192.0.2.2:5000", protocol: [tcp, udp] }
  - { listen: "[::]:7000", target: "[2001:db8:64::2]:5000" }
`;
const TWO_WAYS = `version: 1
forwards: ["7000:192.0.2.2:5000", "7001:192.0.2.2:5001", "7004-7012:192.0.2.2:5004-5012/udp"]
`;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.sh('host', NETWORK);
  await lab.sh('client', 'ip address add 198.18.0.7/32 dev lo');
  await lab.sh('backend', 'ip address add 192.0.2.2/32 dev lo; ip address add 2001:db8:64::2/128 dev lo nodad');
  for (const address of ['192.0.2.2', '2001:db8:64::2'])
    await lab.agents.backend.serve({ protocol: 'tcp', address, port: 5000 });
});
afterAll(async () => lab.stop());

const explained = async (from: string, to: string, ...more: readonly string[]): Promise<string> =>
  (await lab.portfwd(['explain', '--from', from, '--to', to, ...more])).stdout;

const sees = async (to: string, from?: string): Promise<string | undefined> => {
  const probe = { protocol: 'tcp', to, port: 7000, ...(from === undefined ? {} : { from }) } as const;
  return (await lab.agents.client.probe({ ...probe, timeout: PATIENCE.answer }))?.sees;
};

test('a rule for the port of the target: the usual way is that of the rule, and nothing is claimed of another', async () => {
  const { stderr } = await lab.portfwd(['apply'], MODEL);
  expect(stderr).not.toContain('[host/');
  const text = await explained('203.0.113.7', '203.0.113.1:7000');
  expect(text).toContain('it goes to 192.0.2.2:5000, out through in0');
  expect(text).toContain(
    'ip route get fibmatch 192.0.2.2 from 203.0.113.7 iif out0 ipproto tcp dport 5000: out through in0 via 10.0.0.2 (192.0.2.0/24 in table 60)',
  );
  expect(await sees('203.0.113.1')).toBe('203.0.113.7');
  expect(await explained('203.0.113.7', '203.0.113.1:7000', '--protocol', 'udp')).toContain('out through in0');
});

test('a rule for the source port of the reply', async () => {
  const text = await explained('198.18.0.7', '203.0.113.1:7000', '--interface', 'out0');
  expect(text).toContain(
    'ip route get fibmatch 198.18.0.7 from 192.0.2.2 iif in0 ipproto tcp sport 5000: out through out0 via 203.0.113.7 (198.18.0.0/24 in table 61)',
  );
  expect(await sees('203.0.113.1', '198.18.0.7')).toBe('198.18.0.7');
});

test('a rule for the source port of the client: it is not known which way the packet takes', async () => {
  await lab.portfwd(['apply'], MODEL);
  expect(await explained('203.0.113.7', '203.0.113.1:7000')).not.toContain('sport 40000');
  await lab.sh(
    'host',
    'ip route add blackhole 192.0.2.2 table 62; ip rule add priority 90 ipproto tcp sport 40000-40009 dport 5000 lookup 62',
  );
  expect(await explained('203.0.113.7', '203.0.113.1:7000')).toContain(
    'it is not known whether the routing rule for ipproto tcp sport 40000-40009 dport 5000 sends the packet another way: the source port of the client is not known',
  );
  expect(await explained('203.0.113.7', '203.0.113.1:7000', '--protocol', 'udp')).not.toContain('sport 40000');
  const probe = { protocol: 'tcp', to: '203.0.113.1', port: 7000, fromPort: 40_001 } as const;
  expect(await lab.agents.client.probe({ ...probe, timeout: PATIENCE.silence })).toBeNull();
  expect(await sees('203.0.113.1')).toBe('203.0.113.7');
  await lab.sh('host', 'ip rule del priority 90; ip route flush table 62');
});

test('a rule for SCTP: the kernel does not say', async () => {
  const model = MODEL.replace('[tcp, udp]', '[tcp, sctp]');
  await lab.portfwd(['apply'], model);
  const sctp = async (): Promise<string> => explained('203.0.113.7', '203.0.113.1:7000', '--protocol', 'sctp');
  expect(await sctp()).not.toContain('ipproto sctp');
  await lab.sh('host', 'ip rule add priority 91 ipproto sctp lookup 60');
  const text = await sctp();
  for (const what of ['the packet', 'the reply'])
    expect(text).toContain(
      `it is not known whether the routing rule for ipproto sctp sends ${what} another way: the kernel does not say for sctp`,
    );
  expect(await explained('203.0.113.7', '203.0.113.1:7000')).not.toContain('ipproto sctp');
  await lab.sh('host', 'ip rule del priority 91');
});

test('IPv6', async () => {
  expect(await explained('2001:db8:1::7', '[2001:db8:1::1]:7000')).toContain(
    'ipproto tcp dport 5000: out through in0 via 2001:db8:2::2 (2001:db8:64::/64 in table 60)',
  );
  expect(await sees('2001:db8:1::1')).toBe('2001:db8:1::7');
});

test('services of one target with different ways: findings name only those that are concerned', async () => {
  const { stderr } = await lab.portfwd(['check'], TWO_WAYS);
  expect(stderr).toMatch(/the target of forwards tcp-7001 and udp-7004-7012 is behind .*\[host\/return-path\]/);
  expect(stderr).not.toMatch(/tcp-7000\b.*\[host\/return-path\]/);
});

test('a client in the subnet of the router is masqueraded only on the way through it', async () => {
  await lab.portfwd(['apply'], TWO_WAYS);
  const ruleset = await lab.sh('host', 'nft list table inet portfwd');
  expect(ruleset).toMatch(/oifname "in0" ip saddr 10\.0\.0\.0\/24/);
  expect(ruleset).toMatch(/oifname "out0" ip saddr 203\.0\.113\.0\/24/);
  await lab.portfwd(['apply'], MODEL);
  expect(await lab.sh('host', 'nft list table inet portfwd')).not.toContain('ip saddr 203.0.113.0/24');
});

test('a printed command gives what explain says', async () => {
  const json = await explained('203.0.113.7', '203.0.113.1:7000', '--json');
  const { routes } = JSON.parse(json) as { routes: readonly { command: string }[] };
  expect(await lab.sh('host', routes[0]?.command ?? 'false')).toContain('via 10.0.0.2 dev in0 table 60');
});

test('the way of clients is not that of the user who runs check', async () => {
  await lab.sh(
    'host',
    `ip route add default via 203.0.113.9 table 62; ip rule add priority 90 uidrange ${USER}-${USER} lookup 62`,
  );
  lab.writeModel(MODEL);
  chmodSync(lab.directory, 0o755);
  const check = [`PORTFWD_CONFIG=${lab.env['PORTFWD_CONFIG']}`, ...PORTFWD_COMMAND, 'check'].join(' ');
  const said = await lab.sh('host', `setpriv --reuid ${USER} --clear-groups env ${check} 2>&1`);
  expect(said).toContain('no errors');
  expect(said).not.toContain('[host/return-path]');
});

const USER = 61234;
