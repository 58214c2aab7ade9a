import { expect, test } from 'vitest';
import { diagnosed } from '../../support/observations.ts';

test('ports that programs may be given: one warning, and what is reserved stays so', () => {
  const localPorts = { range: { first: 32768, last: 60999 }, reserved: [{ first: 40001, last: 40001 }] };
  const items = [
    '{name: a, listen: 40000-40002, target: 10.0.0.9}',
    '{name: b, protocol: udp, listen: 60990-61010, target: 10.0.0.8}',
    '{listen: 80, target: 10.0.0.7}',
  ];
  expect(diagnosed(items, { localPorts })).toMatchObject([
    {
      code: 'host/ephemeral-overlap',
      message: 'the forwards a and b listen on ports that the kernel also gives to programs of this host (32768-60999)',
      remedy: 'reserve them: sysctl -w net.ipv4.ip_local_reserved_ports=40000-40002,60990-60999',
    },
  ]);
  expect(diagnosed(['{listen: 40001, target: 10.0.0.9}'], { localPorts })).toEqual([]);
  expect(diagnosed(items, { localPorts: undefined })).toEqual([]);
});

test('a command of hundreds of ports is not printed', () => {
  const items = Array.from({ length: 30 }, (_, index) => `{listen: ${40_000 + 2 * index}, target: 10.0.0.9}`);
  expect(diagnosed(items, {})[0]?.remedy).toBe('add their ports to the sysctl net.ipv4.ip_local_reserved_ports');
});

const port = (name: string, hairpin: boolean) => ({ interface: name, bridge: 'lan0', hairpin });

test('a bridge port without hairpin mode matters under br_netfilter only, and to its own targets', () => {
  const bridges = { families: ['ip'] as const, ports: [port('p1', false), port('p2', true), port('p3', false)] };
  expect(diagnosed(['{name: web, listen: 80, target: 10.0.0.9}'], { bridges })).toMatchObject([
    {
      code: 'host/bridge-hairpin',
      message: /^br_netfilter is on, and p1 and p3 of the bridge lan0 are not/,
      remedy: /^run: bridge link set dev p1 hairpin on, /,
    },
  ]);
  for (const item of [
    '{listen: 80, target: 192.0.2.9}',
    '{listen: 80, target: "10.0.0.1:81"}',
    '{listen: "[::]:80", target: "[2001:db8::9]"}',
    '{listen: 80, target: 10.0.0.9, interface: wan0}',
  ])
    expect(diagnosed([item], { bridges })).toEqual([]);
  expect(diagnosed(['{listen: 80, target: 10.0.0.9}'], { bridges: { ...bridges, families: [] } })).toEqual([]);
});

const LINE = '{name: web, listen: 80, target: 10.0.0.9, interface: wan0}';
const reversePath = {
  strict: ['wan0', 'lan0'],
  defaultRoutes: [{ interface: 'wan1', metric: 0 }],
  policyRouting: false,
};

test('strict rp_filter on a line that is not the way back', () => {
  expect(diagnosed([LINE], { reversePath })).toMatchObject([
    { code: 'host/rp-filter', remedy: 'run: sysctl -w net.ipv4.conf.wan0.rp_filter=2' },
  ]);
  expect(diagnosed(['{listen: "192.0.2.1:80", target: 10.0.0.9}'], { reversePath })).toHaveLength(1);
});

test.each([
  ['it is the way back', LINE, { defaultRoutes: [{ interface: 'wan0', metric: 0 }] }],
  ['routing rules may know better', LINE, { policyRouting: true }],
  ['it is loose', LINE, { strict: [] }],
  ['there is no default route', LINE, { defaultRoutes: [] }],
  ['the interface leads to a private network', '{listen: 80, target: 192.0.2.9, interface: lan0}', {}],
  ['the forward does not say where its clients come in', '{listen: 80, target: 10.0.0.9}', {}],
])('no word of rp_filter when %s', (_, item, more) => {
  expect(diagnosed([item], { reversePath: { ...reversePath, ...more } })).toEqual([]);
});

test('a second default route makes a private line one that anybody comes in by', () => {
  const defaultRoutes = [
    { interface: 'wan0', metric: 100 },
    { interface: 'lan0', metric: 200 },
  ];
  const item = '{listen: 80, target: 192.0.2.9, interface: lan0}';
  expect(diagnosed([item], { reversePath: { ...reversePath, defaultRoutes } })).toMatchObject([
    { code: 'host/rp-filter' },
  ]);
});
