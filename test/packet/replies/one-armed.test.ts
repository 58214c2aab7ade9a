import { afterAll, beforeAll, expect, test } from 'vitest';
import { recipe, withFile } from '../../support/recipes.ts';
import { bridge, ROUTES, startNetwork, type Network } from '../lab/network.ts';

/**
 *     client 10.9.0.2 ── router 192.168.1.1 ──┬── host 192.168.1.5, default route: the router
 *     2001:db8:9::2                           ├── target 192.168.1.20, default route: the router
 *                                             └── beside 192.168.1.30
 */
const MACHINES = ['client', 'router', 'host', 'target', 'beside', 'wires'] as const;
let net: Network<(typeof MACHINES)[number]>;

const viaRouter = 'ip route add default via 192.168.1.1; ip route add default via 2001:db8:1::1';
beforeAll(async () => {
  net = await startNetwork<(typeof MACHINES)[number]>(
    MACHINES,
    [
      ['client', 'eth0', '10.9.0.2/24 2001:db8:9::2/64', 'router', 'wan0', '10.9.0.1/24 2001:db8:9::1/64'],
      ['router', 'lan0', '192.168.1.1/24 2001:db8:1::1/64', 'wires', 'port1', ''],
      ['host', 'eth0', '192.168.1.5/24 2001:db8:1::5/64', 'wires', 'port2', ''],
      ['target', 'eth0', '192.168.1.20/24 2001:db8:1::20/64', 'wires', 'port3', ''],
      ['beside', 'eth0', '192.168.1.30/24 2001:db8:1::30/64', 'wires', 'port4', ''],
    ],
    {
      wires: bridge('sw0', ['port1', 'port2', 'port3', 'port4']),
      client: 'ip route add default via 10.9.0.1; ip route add default via 2001:db8:9::1',
      router: `${ROUTES}; sysctl -qw net.ipv4.conf.all.send_redirects=0`,
      host: `${ROUTES}; ip link set eth0 address 02:00:00:00:00:05; ${viaRouter}`,
      target: viaRouter,
      beside: viaRouter,
    },
  );
  for (const address of ['192.168.1.20', '2001:db8:1::20'])
    await net.agents.target.serve({ protocol: 'tcp', address, port: 80 });
});
afterAll(async () => net.stop());

const V4 = { name: 'web', listen: 8080, target: '192.168.1.20:80' };
const V6 = { name: 'web', listen: '[::]:8080', target: '[2001:db8:1::20]:80' };
const FAMILIES = [
  ['IPv4', V4, '192.168.1.5', '192.168.1.1', '10.9.0.2', '10.9.0.0/24'],
  ['IPv6', V6, '2001:db8:1::5', '2001:db8:1::1', '2001:db8:9::2', '2001:db8:9::/64'],
] as const;

test.each(FAMILIES)('%s: without help there is no answer, and apply says so', async (_, forward, host, router) => {
  const found = await net.apply([forward]);
  expect(found).toEqual([
    expect.objectContaining({
      code: 'host/return-path',
      message: `the target of forward web is on the link of the router ${router} (eth0): if that is also the router of the target, its replies to clients of other networks bypass this host, and such connections fail`,
      remedy: `set masquerade: always, which hides the client's address from the target; or let the target send its replies to ${host}, as docs/recipes.md shows`,
    }),
  ]);
  expect(await net.isSilent('client', host, 8080)).toBe(true);
  expect(await net.seen('beside', host, 8080)).toBe(host);
});

test.each(FAMILIES)('%s: masquerade: always', async (_, forward, host) => {
  expect(await net.apply([{ ...forward, masquerade: 'always' }])).toEqual([]);
  expect(await net.seen('client', host, 8080)).toBe(host);
});

test.each(FAMILIES)('%s: the printed route on the target', async (_, forward, host, _router, client, clients) => {
  const [finding] = await net.apply([{ ...forward, from: [clients] }]);
  expect(finding?.message).toContain(`its replies to ${clients} bypass this host`);
  const [, command = ''] = /run on the target: (.*)$/.exec(finding?.remedy ?? '') ?? [];
  expect(command).toBe(`ip route add ${clients} via ${host}`);
  expect(await net.isSilent('client', host, 8080)).toBe(true);
  await net.sh('target', command);
  expect(await net.seen('client', host, 8080)).toBe(client);
  await net.sh('target', command.replace(' add ', ' delete '));
});

test('IPv6: a private target on the link of a router with a public address', async () => {
  await net.sh('host', 'ip address add fd00:1::5/64 dev eth0 nodad');
  await net.sh('target', 'ip address add fd00:1::20/64 dev eth0 nodad');
  await net.agents.target.serve({ protocol: 'tcp', address: 'fd00:1::20', port: 80 });
  const forward = { ...V6, target: '[fd00:1::20]:80' };
  const [finding] = await net.apply([forward]);
  expect(finding?.message).toContain('on the link of the router 2001:db8:1::1 (eth0)');
  expect(await net.isSilent('client', '2001:db8:1::5', 8080)).toBe(true);
  expect(await net.apply([{ ...forward, masquerade: 'always' }])).toEqual([]);
  expect(await net.seen('client', '2001:db8:1::5', 8080)).toBe('fd00:1::5');
  await net.sh('host', 'ip address delete fd00:1::5/64 dev eth0');
  await net.sh('target', 'ip address delete fd00:1::20/64 dev eth0');
});

const NOT_THE_ROUTER = 'A host that is not the router of the target';

test('the recipe: a route to known clients', async () => {
  const [route = ''] = recipe(NOT_THE_ROUTER, 'sh');
  await net.apply([V4]);
  await net.sh('target', route);
  expect(await net.seen('client', '192.168.1.5', 8080)).toBe('10.9.0.2');
  await net.sh('target', route.replace(' add ', ' delete '));
});

test('the recipe: marks for clients from everywhere', async () => {
  const [, commands = ''] = recipe(NOT_THE_ROUTER, 'sh');
  const [marks = ''] = recipe(NOT_THE_ROUTER, 'nft');
  await net.apply([V4]);
  expect(await net.isSilent('client', '192.168.1.5', 8080)).toBe(true);
  await net.sh('target', withFile(commands, '/etc/replies.nft', marks));
  expect(await net.seen('client', '192.168.1.5', 8080)).toBe('10.9.0.2');
  expect(await net.seen('client', '192.168.1.20', 80)).toBe('10.9.0.2');
  expect(await net.seen('beside', '192.168.1.5', 8080)).toBe('192.168.1.5');
  await net.sh('target', 'nft delete table inet replies; ip rule delete fwmark 0x1/0x1; ip route flush table 200');
});

test('explain names the condition, and warns', async () => {
  await net.apply([V4]);
  const { stdout } = await net.portfwd('explain', '--from', '10.9.0.2', '--to', '192.168.1.5:8080');
  expect(stdout).toContain(
    "the source stays 10.9.0.2: the reply comes back only if the target's route to 10.9.0.2 goes through this host",
  );
  expect(stdout).toMatch(
    /^warning: the target of forward web is on the link of the router 192\.168\.1\.1 .* run on the target: ip route add 10\.9\.0\.2 via 192\.168\.1\.5$/m,
  );
  const beside = await net.portfwd('explain', '--from', '192.168.1.30', '--to', '192.168.1.5:8080');
  expect(beside.stdout).not.toContain('warning');
});

test.each([
  ['the clients are in the subnet of the target', { ...V4, from: ['192.168.1.30'] }],
  ['masquerade is never', { ...V4, masquerade: 'never' }],
  ['the clients come in elsewhere', { ...V4, interface: 'vpn0' }],
  ['it is for this host alone', { ...V4, listen: '127.0.0.2:8080', loopback: true }],
])('no warning if %s', async (_, forward) => {
  const found = await net.apply([forward]);
  expect(found.filter(({ code }) => code === 'host/return-path')).toEqual([]);
});

test('no warning if another program rewrites the source already', async () => {
  await net.sh(
    'host',
    `nft 'table ip other { chain leaving { type nat hook postrouting priority 100; oifname "eth0" masquerade; }; }'`,
  );
  expect(await net.apply([V4])).toEqual([]);
  expect(await net.seen('client', '192.168.1.5', 8080)).toBe('192.168.1.5');
  await net.sh('host', 'nft delete table ip other');
});

test('a bridge as the LAN', async () => {
  await net.sh(
    'host',
    `ip address flush dev eth0; ${bridge('lan0', ['eth0'], '192.168.1.5/24')}; ip route add default via 192.168.1.1`,
  );
  // A new bridge has no carrier for a moment, which is a finding of its own.
  expect((await net.apply([V4])).filter(({ code }) => code === 'host/return-path')).toHaveLength(1);
  expect(await net.isSilent('client', '192.168.1.5', 8080)).toBe(true);
});

test('the router has another subnet on the same link, and the target is in that one', async () => {
  await net.sh('router', 'ip address add 10.20.0.1/24 dev lan0');
  await net.sh('host', 'ip address add 10.20.0.5/24 dev lan0');
  await net.sh('target', 'ip address add 10.20.0.20/24 dev eth0; ip route replace default via 10.20.0.1');
  await net.agents.target.serve({ protocol: 'tcp', address: '10.20.0.20', port: 80 });
  const [finding] = await net.apply([{ listen: 8080, target: '10.20.0.20:80', from: ['10.9.0.0/24'] }]);
  expect(finding?.remedy).toMatch(/run on the target: ip route add 10\.9\.0\.0\/24 via 10\.20\.0\.5$/);
  expect(await net.isSilent('client', '192.168.1.5', 8080)).toBe(true);
  await net.sh('target', 'ip route add 10.9.0.0/24 via 10.20.0.5');
  expect(await net.seen('client', '192.168.1.5', 8080)).toBe('10.9.0.2');
});
