import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { routeLookups } from '../../src/host/observe/routing/route-lookups.ts';
import { isFound, type RouteQuery } from '../../src/model/routing/route-lookup.ts';

/** In the network namespace of this test file. */
const NETWORK = `
  for name in wan0 lan0; do ip link add $name type veth peer name $name-peer; ip link set $name up; ip link set $name-peer up; done
  ip address add 198.51.100.1/24 dev wan0; ip address add 10.0.0.1/24 dev lan0
  ip address add 2001:db8:1::1/64 dev wan0 nodad; ip address add 2001:db8:2::1/64 dev lan0 nodad
  ip route add default via 198.51.100.2; ip route add 10.0.0.5 dev lan0
  ip -6 route add default via 2001:db8:1::2
  for type in unreachable blackhole prohibit; do ip route add $type 10.9.$((n += 1)).0/24; ip -6 route add $type 2001:db8:9:$n::/64; done
  ip route add 10.8.0.0/24 nexthop via 10.0.0.2 nexthop via 198.51.100.2
  ip -6 route add 2001:db8:8::/64 nexthop via 2001:db8:2::2 nexthop via 2001:db8:1::2
  ip route add 10.7.0.0/24 via inet6 fe80::5 dev lan0 mtu 1300
  ip route add 100.64.0.0/10 dev lan0 table 52; ip rule add to 100.64.0.0/10 lookup 52
  ip route add 192.0.2.0/24 via 10.0.0.3 table 53; ip rule add fwmark 7 lookup 53; ip rule add from 10.0.0.6 iif lan0 lookup 53
  ip rule add to 10.99.0.0/16 unreachable
  sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.lan0.rp_filter=1 net.ipv6.conf.all.forwarding=1
`;

beforeAll(async () => void (await execa('sh', ['-ec', `n=0; ${NETWORK}`])));

const text = async (queries: readonly RouteQuery[]): Promise<string[]> =>
  (await routeLookups(queries)).map((lookup) => {
    if (!isFound(lookup)) return lookup.kind;
    const hops = lookup.hops.map(({ interface: name, via }) => `${via ?? 'on-link'} ${name}`).join(' and ');
    const { prefsrc, mtu } = lookup;
    return [lookup.kind, lookup.prefix, hops, `table ${lookup.table}`, prefsrc, mtu].filter(Boolean).join(', ');
  });

const CASES: readonly (readonly [RouteQuery, string])[] = [
  [{ to: '10.0.0.5', fibmatch: true }, 'unicast, 10.0.0.5/32, on-link lan0, table main'],
  [{ to: '10.0.0.6', fibmatch: true }, 'unicast, 10.0.0.0/24, on-link lan0, table main, 10.0.0.1'],
  [{ to: '10.9.1.1', fibmatch: true }, 'unreachable'],
  [{ to: '10.9.2.1' }, 'blackhole'],
  [{ to: '10.9.3.1', fibmatch: true }, 'prohibit'],
  // An unreachable rule is ENETUNREACH in IPv4, like a missing route.
  [{ to: '10.99.3.1', fibmatch: true }, 'none'],
  [{ to: '2001:db8:9:1::1', fibmatch: true }, 'unreachable'],
  [{ to: '2001:db8:9:2::1', fibmatch: true }, 'blackhole'],
  [{ to: '2001:db8:9:3::1' }, 'prohibit'],
  [{ to: '100.64.1.1', fibmatch: true }, 'unicast, 100.64.0.0/10, on-link lan0, table 52'],
  [{ to: '10.8.0.9', fibmatch: true }, 'unicast, 10.8.0.0/24, 10.0.0.2 lan0 and 198.51.100.2 wan0, table main'],
  [
    { to: '2001:db8:8::9', fibmatch: true },
    'unicast, 2001:db8:8::/64, 2001:db8:2::2 lan0 and 2001:db8:1::2 wan0, table main',
  ],
  [{ to: '10.7.0.9', fibmatch: true }, 'unicast, 10.7.0.0/24, fe80::5 lan0, table main, 1300'],
  [{ to: '203.0.113.9', fibmatch: true }, 'unicast, 0.0.0.0/0, 198.51.100.2 wan0, table main'],
  [{ to: '203.0.113.9' }, 'unicast, 203.0.113.9/32, 198.51.100.2 wan0, table main, 198.51.100.1'],
  [{ to: '2001:db8:5::9', fibmatch: true }, 'unicast, ::/0, 2001:db8:1::2 wan0, table main'],
  [{ to: '10.0.0.1', fibmatch: true }, 'local, 10.0.0.1/32, on-link lan0, table local, 10.0.0.1'],
  [{ to: '10.0.0.255', fibmatch: true }, 'broadcast, 10.0.0.255/32, on-link lan0, table local, 10.0.0.1'],
  [{ to: '192.0.2.9', mark: 7, fibmatch: true }, 'unicast, 192.0.2.0/24, 10.0.0.3 lan0, table 53'],
  [{ to: '192.0.2.9', from: '10.0.0.6', iif: 'lan0' }, 'unicast, 192.0.2.9/32, 10.0.0.3 lan0, table 53'],
  [{ to: '192.0.2.9', from: '10.0.0.7', iif: 'lan0' }, 'unicast, 192.0.2.9/32, 198.51.100.2 wan0, table main'],
  [{ to: '203.0.113.9', oif: 'lan0' }, 'unicast, 203.0.113.9/32, on-link lan0, table main, 10.0.0.1'],
  // Strict rp_filter on lan0 refuses a source that is routed through wan0.
  [{ to: '10.8.0.9', from: '203.0.113.9', iif: 'lan0' }, 'refused-source'],
  [{ to: '10.9.1.1', from: '10.0.0.6', iif: 'lan0' }, 'refused-host'],
  [{ to: '203.0.113.9', from: '10.0.0.6', iif: 'absent0' }, 'unknown'],
  [{ to: '203.0.113.9', from: '10.0.0.6', iif: 'lan0 #' }, 'unknown'],
  [{ to: '203.0.113.9', from: '10.0.0.6', iif: "a'b" }, 'unknown'],
];

test.each(CASES)('the kernel says of %j: %s', async (query, expected) => {
  expect(await text([query])).toEqual([expected]);
});

test('one process answers all queries, in their order', async () => {
  const many = [...CASES, ...[...CASES].reverse()];
  expect(await text(many.map(([query]) => query))).toEqual(many.map(([, expected]) => expected));
  expect(await text([])).toEqual([]);
});

test('an interface that does not forward refuses the packet; without a default route there is none', async () => {
  await execa('sh', [
    '-ec',
    'sysctl -qw net.ipv4.conf.lan0.forwarding=0; ip route del default; ip -6 route del default',
  ]);
  const to = ['203.0.113.9', '2001:db8:5::9'].map((address) => ({ to: address, fibmatch: true }));
  expect(await text([{ to: '198.51.100.7', from: '10.0.0.6', iif: 'lan0' }, ...to])).toEqual([
    'refused-host',
    'none',
    'none',
  ]);
});
