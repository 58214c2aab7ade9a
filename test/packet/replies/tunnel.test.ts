import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandsOf, recipe, withFile } from '../../support/recipes.ts';
import { ROUTES, startNetwork, type Network } from '../lab/network.ts';

/**
 *     client 198.51.100.2 ── eth0 host wg0 10.8.0.1 ── 10.8.0.2 home ── 192.168.178.1 router
 *
 * The default route of home is its own router. The tunnel is a veth.
 */
const MACHINES = ['client', 'host', 'home', 'router', 'office'] as const;
let net: Network<(typeof MACHINES)[number]>;

beforeAll(async () => {
  net = await startNetwork<(typeof MACHINES)[number]>(
    MACHINES,
    [
      ['client', 'eth0', '198.51.100.2/24 2001:db8:1::2/64', 'host', 'eth0', '198.51.100.1/24 2001:db8:1::1/64'],
      ['host', 'wg0', '10.8.0.1/24 fd00:8::1/64', 'home', 'wg0', '10.8.0.2/24 fd00:8::2/64'],
      ['home', 'lan0', '192.168.178.2/24 fd00:178::2/64', 'router', 'lan0', '192.168.178.1/24 fd00:178::1/64'],
      ['host', 'lan0', '192.168.5.1/24', 'office', 'eth0', '192.168.5.2/24'],
    ],
    {
      host: `${ROUTES}; ip route add 172.20.0.0/16 via 192.168.5.2; ip route add default via 198.51.100.2; ip route add default via 2001:db8:1::2`,
      home: 'ip route add default via 192.168.178.1; ip route add default via fd00:178::1',
      office: 'ip route add default via 192.168.5.1',
    },
  );
  for (const [protocol, address] of [
    ['tcp', '10.8.0.2'],
    ['udp', '10.8.0.2'],
    ['tcp', 'fd00:8::2'],
  ] as const)
    await net.agents.home.serve({ protocol, address, port: 443 });
  await net.agents.office.serve({ protocol: 'tcp', address: '192.168.5.2', port: 80 });
});
afterAll(async () => net.stop());

const V4 = { name: 'web', protocol: ['tcp', 'udp'], listen: 443, target: '10.8.0.2:443' };
const V6 = { name: 'web', listen: '[::]:443', target: '[fd00:8::2]:443' };
const FAMILIES = [
  ['IPv4', V4, '198.51.100.1', '10.8.0.1', '198.51.100.2', '198.51.100.0/24', '0.0.0.0/0'],
  ['IPv6', V6, '2001:db8:1::1', 'fd00:8::1', '2001:db8:1::2', '2001:db8:1::/64', '::/0'],
] as const;

test.each(FAMILIES)(
  '%s: without help there is no answer, and apply says so',
  async (_, forward, to, _tunnel, _client, _clients, all) => {
    expect(await net.apply([forward])).toEqual([
      expect.objectContaining({
        code: 'host/return-path',
        message:
          'the target of forward web is behind the tunnel wg0: its far end may send replies to clients on the internet by its own default route, and then such connections fail; its AllowedIPs may not accept such clients at all',
        remedy: `set masquerade: always, which hides the client's address from the target; or let the far end send replies through the tunnel, as docs/recipes.md shows (AllowedIPs = ${all}, Table = off, connection marks), and then set masquerade: never`,
      }),
    ]);
    expect(await net.isSilent('client', to, 443)).toBe(true);
  },
);

test.each(FAMILIES)('%s: the host itself is answered nevertheless', async (_, forward, to, tunnel) => {
  await net.apply([forward]);
  expect(await net.seen('host', to, 443)).toBe(tunnel);
});

test.each(FAMILIES)('%s: masquerade: always', async (_, forward, to, tunnel) => {
  expect(await net.apply([{ ...forward, masquerade: 'always' }])).toEqual([]);
  expect(await net.seen('client', to, 443)).toBe(tunnel);
});

test.each(FAMILIES)('%s: the printed route on the far end', async (_, forward, to, tunnel, client, clients) => {
  const [finding] = await net.apply([{ ...forward, from: [clients] }]);
  const [, command = ''] = /run on the far end: (.*), and add this client to/.exec(finding?.remedy ?? '') ?? [];
  expect(command).toBe(`ip route add ${clients} via ${tunnel}`);
  expect(await net.isSilent('client', to, 443)).toBe(true);
  await net.sh('home', command);
  expect(await net.seen('client', to, 443)).toBe(client);
  expect(await net.apply([{ ...forward, from: [clients], masquerade: 'never' }])).toEqual([]);
  expect(await net.seen('client', to, 443)).toBe(client);
  await net.sh('home', command.replace(' add ', ' delete '));
});

test('two forwards have one warning', async () => {
  const found = await net.apply([V4, { name: 'game', listen: 25565, target: '10.8.0.2', protocol: 'udp' }]);
  expect(found.map(({ message }) => message)).toEqual([
    expect.stringContaining('the target of forwards web and game is behind the tunnel wg0'),
  ]);
});

test.each([
  ['the target is in a LAN of this host', { listen: 80, target: '192.168.5.2:80' }],
  ['the clients are in the LAN', { ...V4, interface: 'lan0' }],
  ['the clients come in through the tunnel', { ...V4, interface: 'wg0' }],
  ['only clients of the LAN may use it', { ...V4, from: ['192.168.5.0/24'] }],
  ['only clients behind a router in the LAN may use it', { ...V4, from: ['172.20.0.0/16'] }],
])('no warning if %s', async (_, forward) => {
  expect(await net.apply([forward])).toEqual([]);
});

test('no warning if another program rewrites the source already', async () => {
  await net.sh(
    'host',
    `nft 'table ip other { chain leaving { type nat hook postrouting priority 100; oifname "wg*" counter masquerade; }; }'`,
  );
  expect(await net.apply([V4])).toEqual([]);
  expect(await net.seen('client', '198.51.100.1', 443)).toBe('10.8.0.1');
  await net.sh('host', 'nft delete table ip other');
});

const CLIENT_SEEN = 'The server sees the client';

test('the recipe that hides the client', async () => {
  const [model = ''] = recipe('The simple one: the server sees the VPS instead of the client', 'yaml');
  expect(await net.applyText(model)).toEqual([]);
  expect(await net.seen('client', '198.51.100.1', 443)).toBe('10.8.0.1');
});

test('the recipe that shows the client, for TCP and UDP, and the host itself', async () => {
  const [model = ''] = recipe(CLIENT_SEEN, 'yaml');
  const [configuration = ''] = recipe(CLIENT_SEEN, 'ini');
  const [marks = ''] = recipe(CLIENT_SEEN, 'nft');
  const before = await net.sh('home', 'ip route show');
  expect(await net.applyText(model.replace('{ name: web,', '{ name: web, protocol: [tcp, udp],'))).toEqual([]);
  expect(await net.isSilent('client', '198.51.100.1', 443)).toBe(true);
  await net.sh('home', withFile(commandsOf(configuration, 'PostUp', 'wg0'), '/etc/wireguard/replies.nft', marks));
  for (const protocol of ['tcp', 'udp'] as const)
    expect(await net.seen('client', '198.51.100.1', 443, protocol)).toBe('198.51.100.2');
  expect(await net.seen('host', '198.51.100.1', 443)).toBe('198.51.100.1');
  expect(await net.sh('home', 'ip route show')).toBe(before);
  await net.sh('home', `${commandsOf(configuration, 'PostDown', 'wg0')}\nip route flush table 51820`);
  expect(await net.isSilent('client', '198.51.100.1', 443)).toBe(true);
});

test('the recipe for a tunnel that is down: nothing leaves by the default route', async () => {
  const [configuration = ''] = recipe('The tunnel can be down', 'ini');
  await net.sh('host', commandsOf(configuration, 'PreUp', 'wg0'));
  await net.apply([{ ...V4, masquerade: 'always' }]);
  await net.sh('host', commandsOf(configuration, 'PostUp', 'wg0'));
  expect(await net.seen('client', '198.51.100.1', 443)).toBe('10.8.0.1');
  await net.sh('host', 'ip link set wg0 down');
  expect(await net.sh('host', 'ip route get 10.8.0.2 2>&1 || true')).toMatch(/unreachable|No route to host/i);
  await net.sh('host', 'ip link set wg0 up; ip route delete unreachable 10.8.0.0/24');
  expect(await net.seen('client', '198.51.100.1', 443)).toBe('10.8.0.1');
});

test('a peer with a single address, and a network behind it', async () => {
  await net.sh('host', 'ip address flush dev wg0; ip address add 10.8.0.1/32 dev wg0; ip route add 10.8.0.2 dev wg0');
  expect(await net.apply([V4])).toHaveLength(1);
  expect(await net.isSilent('client', '198.51.100.1', 443)).toBe(true);
  expect(await net.seen('host', '198.51.100.1', 443)).toBe('10.8.0.1');
  await net.sh('host', 'ip route add 192.168.178.0/24 via 10.8.0.2 dev wg0 onlink');
  expect(await net.apply([{ listen: 444, target: '192.168.178.2:443' }])).toHaveLength(1);
});

test('a point-to-point link of any name, and the uplink of a home router', async () => {
  await net.sh(
    'host',
    'ip tuntap add dial0 mode tun; ip address add 10.9.0.1 peer 10.9.0.2 dev dial0; ip link set dial0 up',
  );
  const [finding] = await net.apply([{ listen: 445, target: '10.9.0.2:443' }]);
  expect(finding?.message).toContain('behind the tunnel dial0');
  expect(finding?.message).not.toContain('AllowedIPs');
  await net.sh('host', 'ip route delete default via 198.51.100.2; ip route add default dev dial0');
  expect(await net.apply([{ listen: 80, target: '192.168.5.2:80' }])).toEqual([]);
});
