import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE, startAgent, type Agent, type Protocol } from './lab/agent.ts';
import { startLab, type Lab, type Machine } from './lab/lab.ts';

/**
 *     neighbour (a router) ── 10.7.0.1 ──┬── far 10.7.0.2
 *     10.0.0.3, beside the backend       └── beside 10.7.0.9
 */
const BEHIND = `
  ip link add seven0 type bridge
  ip link add port1 type veth peer name eth0 netns far
  ip link add port2 type veth peer name eth0 netns beside
  ip link set port1 master seven0 up
  ip link set port2 master seven0 up
  ip link set seven0 up
  ip address add 10.7.0.1/24 dev seven0
  ip address add 2001:db8:7::1/64 dev seven0 nodad
  ip address add fe80::3/64 dev eth0 nodad
  sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
`;
const machine = (last: number): string => `
  ip link set lo up; ip link set eth0 up
  ip address add 10.7.0.${last}/24 dev eth0
  ip address add 2001:db8:7::${last}/64 dev eth0 nodad
  ip route add default via 10.7.0.1
  ip route add default via 2001:db8:7::1
`;
const FORWARDS = [
  { protocol: ['tcp', 'udp'], listen: 7000, target: '10.7.0.2:5000' },
  { protocol: ['tcp', 'udp'], listen: '[::]:7000', target: '[2001:db8:7::2]:5000' },
];

let lab: Lab;
let far: Agent;
let beside: Agent;
beforeAll(async () => {
  lab = await startLab();
  for (const name of ['far', 'beside']) await execa('ip', ['netns', 'add', name]);
  await lab.sh('neighbour', BEHIND);
  for (const [name, last] of [
    ['far', 2],
    ['beside', 9],
  ] as const)
    await execa('ip', ['netns', 'exec', name, 'sh', '-ec', machine(last)]);
  [far, beside] = await Promise.all([startAgent('far'), startAgent('beside')]);
  for (const protocol of ['tcp', 'udp'] as const)
    for (const address of ['10.7.0.2', '2001:db8:7::2']) await far.serve({ protocol, address, port: 5000 });
  await lab.sh('host', 'ip route add 10.7.0.0/24 via 10.0.0.3\nip route add 2001:db8:7::/64 via fe80::3 dev in0');
  const { exitCode, stderr } = await lab.portfwd(['apply'], `${JSON.stringify({ version: 1, forwards: FORWARDS })}\n`);
  expect(`${exitCode} ${exitCode === 0 ? '' : stderr}`).toBe('0 ');
});
afterAll(async () => {
  await Promise.all([far.stop(), beside.stop()]);
  await lab.stop();
  for (const name of ['far', 'beside']) await execa('ip', ['netns', 'delete', name]);
});

const HOST = { ip: ['10.0.0.1', '203.0.113.1'], ip6: ['2001:db8:2::1', '2001:db8:1::1'] } as const;
const INSIDE = { ip: '10.0.0.1', ip6: '2001:db8:2::1' } as const;
const FAMILIES = ['ip', 'ip6'] as const;

const seen = async (from: Machine | 'far' | 'beside', to: string, protocol: Protocol): Promise<string | undefined> => {
  const agent = from === 'far' ? far : from === 'beside' ? beside : lab.agents[from];
  return (await agent.probe({ protocol, to, port: 7000, timeout: PATIENCE.answer }))?.sees;
};

const CASES = (['backend', 'neighbour', 'far', 'beside'] as const).flatMap((from) =>
  FAMILIES.flatMap((family) => (['tcp', 'udp'] as const).map((protocol) => [from, family, protocol] as const)),
);

test.each(CASES)(
  'a client in the subnet of the router or of the target: %s, %s, %s',
  async (from, family, protocol) => {
    for (const to of HOST[family]) expect(await seen(from, to, protocol)).toBe(INSIDE[family]);
  },
);

test('a client of another network keeps its address', async () => {
  for (const protocol of ['tcp', 'udp'] as const) {
    expect(await seen('client', HOST.ip[1], protocol)).toBe('203.0.113.7');
    expect(await seen('client', HOST.ip6[1], protocol)).toBe('2001:db8:1::7');
  }
});

test('compile gives the same with facts from a file and from the host', async () => {
  const facts = `${lab.directory}/facts.json`;
  await lab.sh('host', `cat > ${facts} <<'END'\n${(await lab.portfwd(['facts'])).stdout}\nEND`);
  const compiled = async (from: string) => (await lab.portfwd(['compile', '--host-facts', from])).stdout;
  expect(await compiled(facts)).toBe(await compiled('live'));
  expect(await compiled(facts)).toContain('pf_routed');
});

test.each([
  [
    '10.0.0.2',
    'the client is in 10.0.0.0/24, a subnet of the router 10.0.0.3 to the target, so the reply would bypass this host',
  ],
  ['10.7.0.9', 'client and target are both in 10.7.0.0/24, so the reply would bypass this host'],
])('explain says so of %s', async (from, why) => {
  const { stdout } = await lab.portfwd(['explain', '--from', from, '--to', '203.0.113.1:7000']);
  expect(stdout).toContain(`the source is rewritten to an address of this host: ${why}`);
  expect(stdout).toContain('out through in0');
});

test('a wider prefix that begins at the same address counts, with what the host reaches another way', async () => {
  const routes = ['10.9.0.0/24 via 10.0.0.3', '10.9.0.0/16 via 10.0.0.3', '10.9.128.0/17 via 203.0.113.7'];
  await lab.sh('host', routes.map((route) => `ip route add ${route}`).join('\n'));
  try {
    const model = 'version: 1\nforwards: ["7000:10.9.0.9:5000"]\n';
    const explained = async (from: string): Promise<string> =>
      (await lab.portfwd(['explain', '--from', from, '--to', '203.0.113.1:7000'], model)).stdout;
    expect(await explained('10.9.1.5')).toContain('client and target are both in 10.9.0.0/16');
    expect(await explained('10.9.128.5')).toContain('the source stays 10.9.128.5');
  } finally {
    await lab.sh('host', routes.map((route) => `ip route delete ${route}`).join('\n'));
  }
});

test('client and target behind the default route: the source is kept, and explain warns', async () => {
  await lab.sh('host', 'ip route add default via 203.0.113.7');
  const { stderr } = await lab.portfwd(['apply'], 'version: 1\nforwards: ["7000:192.0.2.9:5000"]\n');
  expect(stderr).toMatch(/target of .* is behind the default router 203\.0\.113\.7: .*\[host\/return-path\]/);
  const { stdout } = await lab.portfwd(['explain', '--from', '198.51.100.9', '--to', '203.0.113.1:7000']);
  expect(stdout).toContain(
    'the source stays 198.51.100.9: client and target are both behind the router 203.0.113.7, so the reply may bypass this host; masquerade: always prevents that',
  );
});
