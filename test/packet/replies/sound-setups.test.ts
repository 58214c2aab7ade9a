import { afterAll, beforeAll, expect, test } from 'vitest';
import { bridge, ROUTES, startNetwork, type Network } from '../lab/network.ts';

/** A gateway with two LANs, a bridge for containers and a WireGuard server (a veth): it is the router of every target. */
const MACHINES = ['client', 'host', 'first', 'second', 'container', 'roamer', 'standby'] as const;
let net: Network<(typeof MACHINES)[number]>;

beforeAll(async () => {
  net = await startNetwork<(typeof MACHINES)[number]>(
    MACHINES,
    [
      ['client', 'eth0', '198.51.100.2/24 2001:db8:1::2/64', 'host', 'eth0', '198.51.100.1/24 2001:db8:1::1/64'],
      ['first', 'eth0', '10.1.0.2/24 fd00:1::2/64', 'host', 'lan1', '10.1.0.1/24 fd00:1::1/64'],
      ['second', 'eth0', '10.2.0.2/24', 'host', 'lan2', '10.2.0.1/24'],
      ['container', 'eth0', '172.17.0.2/16', 'host', 'veth1', ''],
      ['roamer', 'wg0', '10.8.0.2/24', 'host', 'wg0', '10.8.0.1/24'],
      ['standby', 'eth0', '10.1.0.3/24', 'first', 'spare0', ''],
    ],
    {
      host: `${ROUTES}; ip route add default via 198.51.100.2; ip route add default via 2001:db8:1::2; ${bridge('docker0', ['veth1'], '172.17.0.1/16')}; ip address add 10.1.0.254/24 dev lan1`,
      client: 'ip route add 10.8.0.0/24 via 198.51.100.1',
      first: 'ip route add default via 10.1.0.254; ip route add default via fd00:1::1',
      second: 'ip route add default via 10.2.0.1',
      container: 'ip route add default via 172.17.0.1',
      roamer: 'ip route add default via 10.8.0.1',
    },
  );
  for (const [machine, address] of [
    ['first', '10.1.0.2'],
    ['first', 'fd00:1::2'],
    ['second', '10.2.0.2'],
    ['container', '172.17.0.2'],
  ] as const)
    await net.agents[machine].serve({ protocol: 'tcp', address, port: 80 });
});
afterAll(async () => net.stop());

test.each([
  ['a LAN whose router is a virtual address of this host', '10.1.0.2', '198.51.100.1', '198.51.100.2'],
  ['a LAN, IPv6', 'fd00:1::2', '2001:db8:1::1', '2001:db8:1::2'],
  ['a second LAN', '10.2.0.2', '198.51.100.1', '198.51.100.2'],
  ['a bridge for containers', '172.17.0.2', '198.51.100.1', '198.51.100.2'],
])('no warning for %s', async (_, target, to, client) => {
  const six = target.includes(':');
  const found = await net.apply([
    { listen: six ? '[::]:8080' : 8080, target: six ? `[${target}]:80` : `${target}:80` },
  ]);
  expect(found).toEqual([]);
  expect(await net.seen('client', to, 8080)).toBe(client);
});

test('clients of a WireGuard server reach targets in the LAN, with their address', async () => {
  expect(await net.apply([{ listen: 8080, target: '10.1.0.2:80' }])).toEqual([]);
  expect(await net.seen('roamer', '10.8.0.1', 8080)).toBe('10.8.0.2');
});

test('a public and a private subnet on one link: the public router is not that of the private machines', async () => {
  await net.sh('host', 'ip address add 10.30.0.1/24 dev eth0');
  expect(await net.apply([{ listen: 8080, target: '10.30.0.2:80' }])).toEqual([]);
  await net.sh('host', 'ip address delete 10.30.0.1/24 dev eth0');
});
