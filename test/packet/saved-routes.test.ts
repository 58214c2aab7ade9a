import { execa } from 'execa';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { ReadPart } from '../../src/host/process/run-to-file.ts';
import { readNearRoutes, routesIn } from '../../src/host/observe/routing/saved-routes.ts';
import type { Area } from '../../src/host/observe/routing/areas.ts';
import type { Route } from '../../src/host/observe/ip-schema.ts';
import { prefixOf } from '../../src/host/observe/routing/routes.ts';

/** In the network namespace of this test file. */
const NETWORK = `
  for name in wan0 lan0; do ip link add $name type veth peer name $name-peer; ip link set $name up; ip link set $name-peer up; done
  ip address add 198.51.100.1/24 dev wan0; ip address add 10.0.0.1/24 dev lan0
  ip address add 2001:db8:1::1/64 dev wan0 nodad; ip address add 2001:db8:2::1/64 dev lan0 nodad
  ip route add default via 198.51.100.2; ip route add default via 10.0.0.2 metric 50; ip route add 10.0.0.5 dev lan0
  ip -6 route add default via 2001:db8:1::2; ip -6 route add default via fe80::7 dev lan0 metric 9
  ip route add unreachable 10.9.0.0/24; ip -6 route add blackhole 2001:db8:9::/64
  ip route add 10.8.0.0/24 nexthop via 10.0.0.2 nexthop via 198.51.100.2 weight 3; ip route add 10.6.0.0/15 via 10.0.0.2 mtu lock 1300
  ip -6 route add 2001:db8:8::/64 nexthop via 2001:db8:2::2 nexthop via 2001:db8:1::2; ip -6 route add ::/3 dev lan0
  ip route add 10.7.0.0/24 via inet6 fe80::5 dev lan0; ip -6 route add 2001:db8:7::9 via fe80::5 dev wan0
  ip route add 10.5.0.0/24 nexthop via inet6 fe80::5 dev lan0 nexthop dev wan0
  ip route add 100.64.0.0/10 dev lan0 table 5200; ip route add default via 10.0.0.3 table 53; ip -6 route add default via fe80::3 dev lan0 table 53
  ip nexthop add id 7 via 10.0.0.4 dev lan0; ip route add 10.4.0.0/24 nhid 7
`;

beforeAll(async () => void (await execa('sh', ['-ec', NETWORK])));

interface Hop {
  readonly dev?: string | undefined;
  readonly gateway?: string | undefined;
  readonly via?: { readonly host: string } | undefined;
}

interface Printed extends Hop {
  readonly dst: string;
  readonly metric?: number | undefined;
  readonly table?: string | undefined;
  readonly nexthops?: readonly Hop[] | undefined;
}

const hopOf = ({ dev, gateway, via }: Hop): Record<string, unknown> => ({ dev, gateway, via: via?.host });

/** In parts of any size. */
function partsOf(bytes: Buffer, size: number): ReadPart {
  let position = 0;
  return (buffer, at) => {
    const count = bytes.copy(buffer, at, position, Math.min(position + size, position + buffer.length - at));
    position += count;
    return count;
  };
}

const routeOf = (printed: Printed): unknown => ({
  ...hopOf(printed),
  dst: printed.dst === 'default' ? printed.dst : prefixOf(printed.dst),
  metric: printed.metric,
  table: printed.table,
  nexthops: (printed.nexthops ?? []).map(hopOf),
});

/** A prefix whose way is not known. */
const areaOf = (prefix: string, first: string, last: string, only?: Area['only']): Area => ({
  prefix,
  first,
  last,
  length: Number(prefix.split('/')[1]),
  gateways: new Set(),
  only,
});

const EVERYTHING = {
  ip: areaOf('0.0.0.0/0', '0'.repeat(8), 'f'.repeat(8)),
  ip6: areaOf('::/0', '0'.repeat(32), 'f'.repeat(32)),
};

const near = async (family: 'ip' | 'ip6', areas: readonly Area[]): Promise<readonly Route[]> =>
  readNearRoutes({ family, areas, targets: [], gateways: new Set(), isMain: false });

for (const [family, option] of [
  ['ip', '-4'],
  ['ip6', '-6'],
] as const)
  test(`the saved routes are those that ip ${option} prints`, async () => {
    const { stdout } = await execa('ip', [option, '-j', 'route', 'show', 'table', 'all', 'type', 'unicast']);
    const saved = await near(family, [EVERYTHING[family]]);
    expect(saved.length).toBeGreaterThan(8);
    expect(saved.map(routeOf)).toEqual((JSON.parse(stdout) as Printed[]).map(routeOf));
  });

const hasRouter = ({ dst, gateway, via, nexthops }: Route): boolean =>
  dst !== 'default' && [gateway, via, nexthops].some((way) => way !== undefined);

const routed = async (areas: readonly Area[]): Promise<string[]> =>
  (await near('ip', areas)).filter(hasRouter).map(({ dst }) => dst);

test('of the routes with a router, only those in or around an area are read', async () => {
  expect(await routed([areaOf('10.7.0.0/24', '0a070000', '0a0700ff')])).toEqual(['10.6.0.0/15', '10.7.0.0/24']);
  expect(await routed([areaOf('10.4.0.0/23', '0a040000', '0a0401ff')])).toEqual(['10.4.0.0/24']);
  const two = [areaOf('10.4.0.0/32', '0a040000', '0a040000'), areaOf('10.8.0.9/32', '0a080009', '0a080009')];
  expect(await routed(two)).toEqual(['10.4.0.0/24', '10.8.0.0/24']);
  expect(await routed([areaOf('11.0.0.0/8', '0b000000', '0bffffff')])).toEqual([]);
});

const besides = async (via: string, name: string): Promise<string[]> =>
  routed([areaOf('10.6.0.0/15', '0a060000', '0a07ffff', { via, interface: name })]);

test('routes that lead the same way as their area are left out', async () => {
  expect(await besides('10.0.0.2', 'lan0')).toEqual(['10.7.0.0/24']);
  expect(await besides('10.0.0.3', 'lan0')).toEqual(['10.6.0.0/15', '10.7.0.0/24']);
  expect(await besides('10.0.0.2', 'wan0')).toEqual(['10.6.0.0/15', '10.7.0.0/24']);
});

test.each(['ip', 'ip6'] as const)('what is cut off or damaged is left out: %s', async (family) => {
  const { stdout } = await execa('ip', [family === 'ip' ? '-4' : '-6', 'route', 'save', 'table', 'all'], {
    encoding: 'buffer',
  });
  const whole = Buffer.from(stdout);
  const names = new Map([[1, 'lo']]);
  const count = (bytes: Buffer, size = bytes.length): number =>
    routesIn(partsOf(bytes, size), family, [EVERYTHING[family]], names).length;
  expect(count(whole)).toBeGreaterThan(8);
  for (const size of [1, 7, 100, 4096]) expect(count(whole, size)).toBe(count(whole));
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.nat(whole.length), fc.array(change, { maxLength: 4 }), (length, changes) => {
      const bytes = Buffer.from(whole.subarray(0, length));
      if (length > 0) for (const [at, value] of changes) bytes.writeUInt8(value, at % length);
      expect(count(bytes)).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 2000 },
  );
});
