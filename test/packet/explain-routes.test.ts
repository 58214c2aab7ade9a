import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from './lab/agent.ts';
import { startLab, type Lab } from './lab/lab.ts';

/** Packets from the client go to a neighbour that has the target's address too, by a rule for their source. */
const NETWORK = `
  ip route add 192.0.2.0/24 via 10.0.0.2
  ip route add 192.0.2.0/24 via 203.0.113.9 table 60
  ip rule add from 203.0.113.8 lookup 60
  ip route add 198.18.0.0/24 via 203.0.113.7 table 61
  ip rule add from 192.0.2.2 lookup 61
  ip route add unreachable 192.0.2.66
  ip route add blackhole 192.0.2.67
  ip route add prohibit 192.0.2.68
  ip -6 route add unreachable 2001:db8:66::/64
  ip -6 route add 2001:db8:64::/64 via 2001:db8:2::2 table 62
  ip -6 rule add iif out0 lookup 62
`;
const MODEL = `version: 1
forwards: ["7000:192.0.2.2:5000", "7001:192.0.2.66:5000", "7002:192.0.2.67:5000", "[::]:7000:[2001:db8:64::2]:5000"]
`;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.sh('host', NETWORK);
  await lab.sh('client', 'ip address add 203.0.113.8/24 dev eth0; ip address add 198.18.0.7/32 dev lo');
  await lab.sh('backend', 'ip address add 192.0.2.2/32 dev lo; ip address add 2001:db8:64::2/128 dev lo nodad');
  for (const address of ['192.0.2.2', '2001:db8:64::2'])
    await lab.agents.backend.serve({ protocol: 'tcp', address, port: 5000 });
  await lab.portfwd(['apply'], MODEL);
});
afterAll(async () => lab.stop());

const explained = async (from: string, to: string, ...more: readonly string[]): Promise<string> =>
  (await lab.portfwd(['explain', '--from', from, '--to', to, ...more])).stdout;

test('the way of the packet, by the source of the client', async () => {
  const usual = await explained('203.0.113.7', '203.0.113.1:7000');
  expect(usual).toContain('it goes to 192.0.2.2:5000, out through in0');
  expect(usual).toContain(
    'the kernel says of ip route get fibmatch 192.0.2.2 from 203.0.113.7 iif out0: out through in0 via 10.0.0.2 (192.0.2.0/24 in table main)',
  );
  const other = await explained('203.0.113.8', '203.0.113.1:7000');
  expect(other).toContain('it goes to 192.0.2.2:5000, out through out0');
  expect(other).toContain('out through out0 via 203.0.113.9 (192.0.2.0/24 in table 60)');
  const probe = { protocol: 'tcp', to: '203.0.113.1', port: 7000 } as const;
  expect(await lab.agents.client.probe({ ...probe, from: '203.0.113.7', timeout: PATIENCE.answer })).not.toBeNull();
  expect(await lab.agents.client.probe({ ...probe, from: '203.0.113.8', timeout: PATIENCE.silence })).toBeNull();
});

test('the interface that a client comes in through, and the way of the reply, by routing rules', async () => {
  const text = await explained('198.18.0.7', '203.0.113.1:7000', '--interface', 'out0');
  expect(text).toContain(
    'the kernel says of ip route get fibmatch 198.18.0.7 from 192.0.2.2 iif in0: out through out0 via 203.0.113.7 (198.18.0.0/24 in table 61)',
  );
  expect(await explained('198.18.0.7', '203.0.113.1:7000')).toContain(
    'an unknown interface (name it with --interface)',
  );
});

test('IPv6: only a rule for the incoming interface has a route', async () => {
  const text = await explained('2001:db8:1::7', '[2001:db8:1::1]:7000');
  expect(text).toContain('out through in0 via 2001:db8:2::2 (2001:db8:64::/64 in table 62)');
  const probe = { protocol: 'tcp', to: '2001:db8:1::1', port: 7000, timeout: PATIENCE.answer } as const;
  expect((await lab.agents.client.probe(probe))?.sees).toBe('2001:db8:1::7');
});

test.each([
  [7001, 'the route is missing or unreachable, or forwarding is off on out0'],
  [7002, 'rp_filter does not accept 203.0.113.7 on out0, or the route is a blackhole'],
])('what the kernel does not forward: port %i', async (port, why) => {
  const text = await explained('203.0.113.7', `203.0.113.1:${port}`);
  expect(text).toContain(`:5000, but the kernel does not forward it now: ${why}`);
  expect(text).toContain(`iif out0: refused: ${why}`);
  expect(text).not.toContain('it goes to');
  const probe = { protocol: 'tcp', to: '203.0.113.1', port, timeout: PATIENCE.silence } as const;
  expect(await lab.agents.client.probe(probe)).toBeNull();
});

test.each([
  ['203.0.113.7', '203.0.113.1:7000', 'net.ipv4.conf.out0.forwarding', '192.0.2.2:5000', 'out0 does not route'],
  [
    '2001:db8:1::7',
    '[2001:db8:1::1]:7000',
    'net.ipv6.conf.all.forwarding',
    '[2001:db8:64::2]:5000',
    'this host does not route IPv6',
  ],
])('an interface that does not route: from %s', async (from, to, sysctl, target, why) => {
  const [, address = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(to) ?? [];
  await lab.sh('host', `sysctl -qw ${sysctl}=0`);
  const text = await explained(from, to);
  expect(text).toContain(`it would go to ${target}, but the kernel does not forward it now: ${why} (${sysctl} is 0)`);
  expect(text).not.toContain('it goes to');
  const probe = { protocol: 'tcp', to: address, port: Number(port) } as const;
  expect(await lab.agents.client.probe({ ...probe, timeout: PATIENCE.silence })).toBeNull();
  await lab.sh('host', `sysctl -qw ${sysctl}=1`);
  expect(await explained(from, to)).toContain(`it goes to ${target}, out through in0`);
});

test('the interface towards the target does not route: the reply is not forwarded', async () => {
  await lab.sh('host', 'sysctl -qw net.ipv4.conf.in0.forwarding=0');
  const text = await explained('203.0.113.7', '203.0.113.1:7000');
  expect(text).toContain('it goes to 192.0.2.2:5000, out through in0');
  expect(text).toContain('iif in0: refused: in0 does not route (net.ipv4.conf.in0.forwarding is 0)');
  await lab.sh('host', 'sysctl -qw net.ipv4.conf.in0.forwarding=1');
});

test.each([
  ['192.0.2.66', 'unreachable'],
  ['192.0.2.67', 'blackhole'],
  ['192.0.2.68', 'prohibit'],
  ['[2001:db8:66::2]', 'unreachable'],
])('apply warns of the target %s: its route is of type %s', async (target, type) => {
  const listen = target.startsWith('[') ? '[::]:7009' : '7009';
  const { stderr } = await lab.portfwd(['check'], `version: 1\nforwards: ["${listen}:${target}:5000"]\n`);
  expect(stderr).toMatch(new RegExp(`${type}.*\\[host/target-away\\]`));
});

test('json has the command and the answer', async () => {
  lab.writeModel(MODEL);
  const args = ['explain', '--json', '--from', '203.0.113.7', '--to', '203.0.113.1:7000'];
  expect(JSON.parse((await lab.portfwd(args)).stdout)).toMatchObject({
    routes: [
      { command: 'ip route get fibmatch 192.0.2.2 from 203.0.113.7 iif out0' },
      { command: 'ip route get fibmatch 203.0.113.7 from 192.0.2.2 iif in0' },
    ],
  });
});

test('a printed command gives what explain says', async () => {
  const json = await lab.portfwd(['explain', '--json', '--from', '203.0.113.8', '--to', '203.0.113.1:7000']);
  const { routes } = JSON.parse(json.stdout) as { routes: readonly { command: string }[] };
  expect(await lab.sh('host', routes[0]?.command ?? 'false')).toMatch(
    /192\.0\.2\.0\/24 via 203\.0\.113\.9 dev out0 table 60/,
  );
});
