import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { recipe, withFile } from '../../support/recipes.ts';
import { bridge, ROUTES, startNetwork, type Network } from '../lab/network.ts';

/**
 *     client 192.0.2.2 ──┬── first 198.51.100.254 ── wan1 host ── 10.0.0.2 target
 *                        └── second 203.0.113.254 ── wan2 host (198.51.100.1, 203.0.113.1)
 *
 * Each provider drops what does not come from its own network.
 */
const MACHINES = ['client', 'first', 'second', 'host', 'target', 'wires'] as const;
let net: Network<(typeof MACHINES)[number]>;

const onlyFrom = (four: string, six: string): string =>
  `nft 'table inet provider { chain f { type filter hook forward priority 0; iifname "cust0" ip saddr != ${four} drop; iifname "cust0" ip6 saddr != ${six} drop; }; }'`;

beforeAll(async () => {
  net = await startNetwork<(typeof MACHINES)[number]>(
    MACHINES,
    [
      ['client', 'eth0', '192.0.2.2/24 2001:db8:c::2/64', 'wires', 'port1', ''],
      ['first', 'net0', '192.0.2.11/24 2001:db8:c::11/64', 'wires', 'port2', ''],
      ['second', 'net0', '192.0.2.12/24 2001:db8:c::12/64', 'wires', 'port3', ''],
      ['first', 'cust0', '198.51.100.254/24 2001:db8:1::fe/64', 'host', 'wan1', '198.51.100.1/24 2001:db8:1::1/64'],
      ['second', 'cust0', '203.0.113.254/24 2001:db8:2::fe/64', 'host', 'wan2', '203.0.113.1/24 2001:db8:2::1/64'],
      ['host', 'lan0', '10.0.0.1/24 fd00::1/64', 'target', 'eth0', '10.0.0.2/24 fd00::2/64'],
    ],
    {
      wires: bridge('sw0', ['port1', 'port2', 'port3']),
      client:
        'ip route add 198.51.100.0/24 via 192.0.2.11; ip route add 203.0.113.0/24 via 192.0.2.12; ip route add 2001:db8:1::/64 via 2001:db8:c::11; ip route add 2001:db8:2::/64 via 2001:db8:c::12',
      first: `${ROUTES}; ${onlyFrom('198.51.100.0/24', '2001:db8:1::/64')}`,
      second: `${ROUTES}; ${onlyFrom('203.0.113.0/24', '2001:db8:2::/64')}`,
      host: `${ROUTES}; sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan2.rp_filter=0`,
      target: 'ip route add default via 10.0.0.1; ip route add default via fd00::1',
    },
  );
  for (const address of ['10.0.0.2', 'fd00::2']) await net.agents.target.serve({ protocol: 'tcp', address, port: 80 });
  await net.agents.host.serve({ protocol: 'tcp', address: '10.0.0.1', port: 80 });
});
afterAll(async () => net.stop());

const V4 = { name: 'web', listen: 8080, target: '10.0.0.2:80' };
const V6 = { name: 'web', listen: '[::]:8080', target: '[fd00::2]:80' };

const METRICS = `
  ip route add default via 198.51.100.254 metric 100
  ip route add default via 203.0.113.254 metric 200
  ip route add default via 2001:db8:1::fe metric 100
  ip route add default via 2001:db8:2::fe metric 200
`;
const TABLES = `
  ip route add default via 198.51.100.254
  ip route add default via 203.0.113.254 table 200
  ip rule add from 203.0.113.1 lookup 200
  ip route add default via 2001:db8:1::fe
  ip route add default via 2001:db8:2::fe table 200
  ip -6 rule add from 2001:db8:2::1 lookup 200
`;

const CLEAR = `
  nft delete table inet uplinks 2>/dev/null || true
  nft delete table inet answers 2>/dev/null || true
  iptables -t mangle -F OUTPUT
  for family in -4 -6; do
    ip $family rule flush
    ip $family rule add lookup main priority 32766
    ip $family route flush table 200 || true
    ip $family route flush table 512 || true
    while ip $family route delete default 2>/dev/null; do :; done
  done
`;
beforeEach(async () => void (await net.sh('host', CLEAR)));

const SETUPS = [
  ['two metrics, IPv4', METRICS, V4, '198.51.100.1', '203.0.113.1', '192.0.2.2'],
  ['two metrics, IPv6', METRICS, V6, '2001:db8:1::1', '2001:db8:2::1', '2001:db8:c::2'],
  ['a table of its own, IPv4', TABLES, V4, '198.51.100.1', '203.0.113.1', '192.0.2.2'],
  ['a table of its own, IPv6', TABLES, V6, '2001:db8:1::1', '2001:db8:2::1', '2001:db8:c::2'],
] as const;

test.each(SETUPS)(
  '%s: replies leave by the first uplink until the printed commands are run',
  async (_, routes, forward, first, second, client) => {
    await net.sh('host', routes);
    const found = await net.apply([forward]);
    expect(found.map(({ code, message }) => [code, message])).toEqual([
      [
        'host/return-path',
        'connections to forward web that come in through wan2: the replies leave through wan1, because the kernel routes them by the address of the target; the provider there may drop them',
      ],
    ]);
    for (const [to, name, doubts] of [
      [first, 'wan1', 0],
      [second, 'wan2', 1],
    ] as const) {
      const bracketed = to.includes(':') ? `[${to}]` : to;
      const { stdout } = await net.portfwd(
        'explain',
        '--json',
        '--from',
        client,
        '--interface',
        name,
        '--to',
        `${bracketed}:8080`,
      );
      expect((JSON.parse(stdout) as { readonly doubts: unknown[] }).doubts).toHaveLength(doubts);
    }
    expect(await net.seen('client', first, 8080)).toBe(client);
    expect(await net.isSilent('client', second, 8080)).toBe(true);
    const [, command = ''] = /as docs\/recipes\.md shows: (.*)$/.exec(found[0]?.remedy ?? '') ?? [];
    await net.sh('host', command);
    expect(await net.seen('client', second, 8080)).toBe(client);
    expect(await net.seen('client', first, 8080)).toBe(client);
    expect(await net.apply([forward])).toEqual([]);
  },
);

test('the printed commands leave the marks of another program alone, and take a bit that no routing rule uses', async () => {
  await net.sh('host', `${METRICS}\nip rule add fwmark 0x1600/0x1600 lookup 300`);
  await net.sh(
    'host',
    `nft 'table inet other { chain p { type filter hook prerouting priority -160; ct state new ct mark set 0x10000; meta mark set 0x20000; }; chain f { type filter hook forward priority 0; meta mark & 0x20000 == 0 counter drop; }; }'`,
  );
  const [finding] = await net.apply([V4]);
  const [, command = ''] = /as docs\/recipes\.md shows: (.*)$/.exec(finding?.remedy ?? '') ?? [];
  expect(command).toContain('ip rule add fwmark 2048/2048 ');
  await net.sh('host', command);
  expect(await net.seen('client', '203.0.113.1', 8080)).toBe('192.0.2.2');
  expect(await net.sh('host', 'conntrack -L -p tcp --orig-dst 203.0.113.1')).toContain('mark=67584');
  await net.sh('host', 'nft delete table inet other; ip route flush table 2048');
});

test('a target on this host: its replies, too, leave by the first uplink', async () => {
  await net.sh('host', TABLES);
  const [finding] = await net.apply([{ listen: 8081, target: '10.0.0.1:80' }]);
  expect(finding?.message).toContain('that come in through wan2: the replies leave through wan1');
  expect(await net.isSilent('client', '203.0.113.1', 8081)).toBe(true);
  const [, command = ''] = /as docs\/recipes\.md shows: (.*)$/.exec(finding?.remedy ?? '') ?? [];
  await net.sh('host', command);
  expect(await net.seen('client', '203.0.113.1', 8081)).toBe('192.0.2.2');
});

test('the recipe, also for a service of the host itself', async () => {
  const [commands = ''] = recipe('Two uplinks', 'sh');
  const [marks = ''] = recipe('Two uplinks', 'nft');
  await net.sh('host', `ip route add default via 198.51.100.254\n${withFile(commands, '/etc/uplinks.nft', marks)}`);
  expect(await net.apply([V4, { name: 'own', listen: 8081, target: '10.0.0.1:80' }])).toEqual([]);
  for (const to of ['198.51.100.1', '203.0.113.1'])
    for (const port of [8080, 8081]) expect(await net.seen('client', to, port)).toBe('192.0.2.2');
  expect(await net.seen('host', '203.0.113.1', 8080)).toBe('10.0.0.1');
});

test('a routing rule for a mark is not enough: something must restore the marks', async () => {
  await net.sh('host', `${TABLES}\nip rule add fwmark 7 lookup 200`);
  expect(await net.apply([V4])).toHaveLength(1);
  await net.sh(
    'host',
    `nft 'table inet uplinks { chain p { type filter hook prerouting priority -150; iifname "wan2" ct state new ct mark set 7; iifname != "wan2" ct mark 7 meta mark set ct mark; }; }'`,
  );
  expect(await net.apply([V4])).toEqual([]);
  expect(await net.seen('client', '203.0.113.1', 8080)).toBe('192.0.2.2');
});

const OWN = { name: 'own', listen: 8081, target: '10.0.0.1:80' };
const PREROUTING = `${TABLES}
  ip rule add fwmark 7 lookup 200
  nft 'table inet uplinks { chain p { type filter hook prerouting priority -150; iifname "wan2" ct state new ct mark set 7; iifname != "wan2" ct mark 7 meta mark set ct mark; }; }'`;
const answers = (chain: string, ...more: readonly string[]): string =>
  `nft 'table inet answers { chain r { meta mark set ct mark; }; chain o { ${chain}; }; ${more.join(' ')} }'`;

test.each([
  ['nothing restores the mark in the output hook', 'true', false],
  ['a chain of the type filter does', answers('type filter hook output priority -150; meta mark set ct mark'), false],
  ['a chain that no rule calls does', answers('type route hook output priority -150; ct mark 9 accept'), false],
  [
    'a chain of the type route does',
    answers('type route hook output priority -150; ct mark 7 meta mark set ct mark'),
    true,
  ],
  ['one that it calls does', answers('type route hook output priority 0; ct mark 7 jump r'), true],
  ['iptables does', 'iptables -t mangle -A OUTPUT -m connmark --mark 7 -j CONNMARK --restore-mark', true],
])('replies of this host itself, and %s', async (_, command, isRestored) => {
  await net.sh('host', `${PREROUTING}\n${command}`);
  const found = await net.apply([V4, OWN]);
  expect(found.map(({ message }) => message.split(' that come in')[0])).toEqual(
    isRestored ? [] : ['connections to forward own'],
  );
  expect(await net.seen('client', '203.0.113.1', 8080)).toBe('192.0.2.2');
  if (isRestored) expect(await net.seen('client', '203.0.113.1', 8081)).toBe('192.0.2.2');
  else expect(await net.isSilent('client', '203.0.113.1', 8081)).toBe(true);
});

test('strict rp_filter on a marked uplink: its clients are refused until it is loose', async () => {
  await net.sh(
    'host',
    `${METRICS}
    ip rule add fwmark 7 lookup 200; ip route add default via 203.0.113.254 table 200
    nft 'table inet uplinks { chain p { type filter hook prerouting priority -150; iifname "wan2" ct state new ct mark set 7; iifname != "wan2" ct mark 7 meta mark set ct mark; }; }'
    sysctl -qw net.ipv4.conf.wan2.rp_filter=1`,
  );
  const [finding, ...more] = await net.apply([{ ...V4, interface: 'wan2' }]);
  expect(more).toEqual([]);
  expect(finding?.code).toBe('host/rp-filter');
  expect(await net.isSilent('client', '203.0.113.1', 8080)).toBe(true);
  await net.sh('host', /sysctl -w \S+/.exec(finding?.remedy ?? '')?.[0] ?? 'false');
  expect(await net.sh('host', 'sysctl -n net.ipv4.conf.wan2.rp_filter')).toBe('2');
  expect(await net.apply([{ ...V4, interface: 'wan2' }])).toEqual([]);
  expect(await net.seen('client', '203.0.113.1', 8080)).toBe('192.0.2.2');
  await net.sh('host', 'sysctl -qw net.ipv4.conf.wan2.rp_filter=0');
});

test('replies of one machine are routed to the second uplink: clients of the first get none', async () => {
  await net.sh('host', `${TABLES}\nip rule add from 10.0.0.2 lookup 200`);
  const [finding, ...more] = await net.apply([V4]);
  expect(more).toEqual([]);
  expect(finding?.message).toContain('that come in through wan1: the replies leave through wan2');
  expect(await net.isSilent('client', '198.51.100.1', 8080)).toBe(true);
  expect(await net.seen('client', '203.0.113.1', 8080)).toBe('192.0.2.2');
});

test.each([
  ['there is one uplink', 'ip route add default via 198.51.100.254', V4],
  ['the clients come in through the first', TABLES, { ...V4, interface: 'wan1' }],
  ['the listen is an address of the first', TABLES, { ...V4, listen: '198.51.100.1:8080' }],
  ['the clients are in the LAN', TABLES, { ...V4, from: ['10.0.0.0/24'] }],
])('no warning if %s', async (_, routes, forward) => {
  await net.sh('host', routes);
  expect(await net.apply([forward])).toEqual([]);
});

test('forwarding is still off: the kernel is asked in another way', async () => {
  await net.sh('host', `${TABLES}\nsysctl -qw net.ipv4.ip_forward=0`);
  expect(await net.apply([V4], { forwarding: 'enable' })).toHaveLength(1);
});
