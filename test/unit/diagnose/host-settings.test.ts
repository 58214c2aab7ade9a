import { expect, test } from 'vitest';
import { diagnose } from '../../../src/diagnose/diagnose.ts';
import { fileOf, GATEWAY, modelOf } from '../../support/model.ts';
import { codesOf, diagnosed, QUIET } from '../../support/observations.ts';

test('ports of the ephemeral range have one warning, and reserved ports stay reserved', () => {
  const localPorts = { range: { first: 32768, last: 60999 }, reserved: [{ first: 40001, last: 40001 }] };
  const items = [
    '{name: a, listen: 40000-40002, target: 10.0.0.9}',
    '{name: b, protocol: udp, listen: 60990-61010, target: 10.0.0.8}',
    '{listen: 80, target: 10.0.0.7}',
  ];
  expect(diagnosed(items, { localPorts })).toMatchObject([
    {
      code: 'host/ephemeral-overlap',
      message:
        'forwards a and b listen on ports of the ephemeral range (32768-60999), which the kernel also gives to programs of this host: such a program would not receive packets from new peers',
      remedy:
        'run: sysctl -w net.ipv4.ip_local_reserved_ports=40000-40002,60990-60999; to keep it, write it to a file in /etc/sysctl.d; or listen on ports outside this range',
    },
  ]);
  expect(diagnosed(['{listen: 40001, target: 10.0.0.9}'], { localPorts })).toEqual([]);
  expect(diagnosed(items, { localPorts: undefined })).toEqual([]);
});

test('a command with hundreds of ports is not printed', () => {
  const items = Array.from({ length: 30 }, (_, index) => `{listen: ${40_000 + 2 * index}, target: 10.0.0.9}`);
  expect(diagnosed(items, {})[0]?.remedy).toBe(
    'reserve these ports: add them to the list of the sysctl net.ipv4.ip_local_reserved_ports; or listen on ports outside this range',
  );
});

test.each([
  ['the whole range', ['{listen: 1024-65535, target: 10.0.0.9}'], 'no port'],
  ['most of it', ['{listen: 32768-60990, target: 10.0.0.9}'], 'only 9 of 28232 ports'],
  [
    'most of it, in several forwards',
    ['{listen: 32768-45000, target: 10.0.0.9}', '{listen: 46000-60999, target: 10.0.0.9}'],
    'only 999 of 28232 ports',
  ],
  [
    'most of it, with what is reserved already',
    ['{listen: 32768-45000, target: 10.0.0.9}'],
    'only 3999 of 28232 ports',
  ],
])('never advises to reserve %s', (name, items, left) => {
  const reserved = name.endsWith('already') ? [{ first: 49_000, last: 65_535 }] : [];
  const localPorts = { range: { first: 32768, last: 60999 }, reserved };
  expect(diagnosed(items, { localPorts }).map(({ remedy }) => remedy)).toEqual([
    `listen on ports outside this range; do not reserve them, because that would leave this host ${left} for its own connections`,
  ]);
});

const port = (name: string, hairpin: boolean) => ({ interface: name, bridge: 'lan0', hairpin });

test('a bridge port without hairpin mode matters with br_netfilter only, for targets behind it', () => {
  const bridges = {
    families: ['ip'] as const,
    ports: [port('p1', false), port('p2', true), port('p3', false)],
    portsByAddress: new Map([['10.0.0.9', 'p3']]),
  };
  expect(diagnosed(['{name: web, listen: 80, target: 10.0.0.9}'], { bridges })).toMatchObject([
    {
      code: 'host/bridge-hairpin',
      message: /^br_netfilter is on, and p3 of bridge lan0 is not/,
      remedy: /^run: bridge link set dev p3 hairpin on; /,
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

test('a port of the bridge that may not be that of the target is in no command', () => {
  const ports = [port('p1', false), port('p3', false)];
  const bridges = { families: ['ip'] as const, ports, portsByAddress: new Map([['10.0.0.8', 'p3']]) };
  expect(diagnosed(['{listen: 80, target: 10.0.0.9}'], { bridges })[0]?.remedy).toMatch(
    /^find the port of the target with bridge fdb show, and run bridge link set dev PORT hairpin on/,
  );
});

test('the name of an interface is quoted for the shell', () => {
  const bridges = { families: ['ip'] as const, ports: [port('p;reboot', false)], portsByAddress: new Map() };
  expect(diagnosed(['{listen: 80, target: 10.0.0.9}'], { bridges })[0]?.remedy).toMatch(
    /^run: bridge link set dev 'p;reboot' hairpin on; /,
  );
});

const LINE = '{name: web, listen: 80, target: 10.0.0.9, interface: wan0}';
const reversePath = { refusing: ['wan0', 'lan0'], outgoing: ['wan1'] };

test('strict rp_filter on an interface without the default route', () => {
  expect(diagnosed([LINE], { reversePath })).toMatchObject([
    {
      code: 'host/rp-filter',
      message:
        'rp_filter is strict on wan0, but the default route goes out through wan1: the kernel drops packets for forward web that come in through wan0, unless their source is routed through wan0',
      remedy: /^run: sysctl -w net\.ipv4\.conf\.wan0\.rp_filter=2; /,
    },
  ]);
  expect(diagnosed(['{listen: "192.0.2.1:80", target: 10.0.0.9}'], { reversePath })).toHaveLength(1);
});

test.each([
  ['the kernel accepts the packets', LINE, { refusing: [] }],
  ['there is no default route', LINE, { outgoing: [] }],
  ['the interface has a private network only', '{listen: 80, target: 192.0.2.9, interface: lan0}', {}],
  ['the forward does not say where its clients come in', '{listen: 80, target: 10.0.0.9}', {}],
])('no finding about rp_filter if %s', (_, item, more) => {
  expect(diagnosed([item], { reversePath: { ...reversePath, ...more } })).toEqual([]);
});

test('with a second default route, an interface with private addresses has clients from anywhere', () => {
  const model = modelOf(fileOf('{listen: 80, target: 192.0.2.9, interface: lan0}'));
  const found = diagnose(model, { ...GATEWAY, uplinks: ['wan0', 'lan0'] }, { ...QUIET, reversePath });
  expect(codesOf(found)).toContain('host/rp-filter');
});
