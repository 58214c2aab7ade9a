import { expect, test } from 'vitest';
import { codesOf, diagnosed, link, messagesOf } from '../../support/observations.ts';

const on = (name: string, listen: number | string = 80): string =>
  `{name: web, listen: "${listen}", target: 10.0.0.9, interface: ${name}}`;

const LINKS = [
  link('lo'),
  link('wan0'),
  link('lan0'),
  link('br0', { kind: 'bridge' }),
  link('eth0', { master: 'br0', portOf: 'bridge' }),
  link('bond0', { kind: 'bond', master: 'br0', portOf: 'bridge' }),
  link('eth1', { master: 'bond0', portOf: 'bond' }),
  link('team0', { kind: 'team' }),
  link('eth2', { master: 'team0', portOf: 'team' }),
  link('enP1', { master: 'wan0' }),
  link('ovs-system', { kind: 'openvswitch' }),
  link('ovsbr0', { kind: 'openvswitch' }),
  link('eth3', { master: 'ovs-system', portOf: 'openvswitch' }),
  link('blue', { kind: 'vrf' }),
  link('eth4', { master: 'blue', portOf: 'vrf' }),
  link('brvrf', { kind: 'bridge', master: 'blue', portOf: 'vrf' }),
  link('eth5', { master: 'brvrf', portOf: 'bridge' }),
  link('dummy0', { kind: 'dummy' }),
];

test.each([
  ['eth0', 'eth0 is a port of the bridge br0, and packets arrive on br0', 'write br0 instead of eth0'],
  ['eth1', 'eth1 is a port of the bond bond0, and packets arrive on br0', 'write br0 instead of eth1'],
  ['eth2', 'eth2 is a port of the team team0, and packets arrive on team0', 'write team0 instead of eth2'],
  ['enP1', 'enP1 is a port of wan0, and packets arrive on wan0', 'write wan0 instead of enP1'],
  ['eth3', 'eth3 is a port of a bridge of Open vSwitch, and packets arrive on ovsbr0', 'write ovsbr0 instead of eth3'],
  ['eth5', 'eth5 is a port of the bridge brvrf, and packets arrive on brvrf', 'write brvrf instead of eth5'],
  [
    'blue',
    'blue is a VRF, and packets are translated under the name of the member that they arrive on',
    'write eth4 and brvrf instead of blue',
  ],
  [
    'dummy0',
    'dummy0 is a dummy interface, and no packets arrive on it',
    'write the interface that clients come in through',
  ],
])('an interface that exists and receives nothing: %s', (name, why, remedy) => {
  expect(diagnosed([on(name)], { links: LINKS })).toEqual([
    {
      code: 'host/interface-port',
      message: `${why}: forward web can receive nothing through ${name}`,
      remedy,
      path: ['forwards', 0, 'interface'],
    },
  ]);
});

test.each([
  ['the interface that receives', on('br0')],
  ['a port together with its bridge', on('[eth0, br0]')],
  ['a wildcard that covers an interface that receives', on('"eth*", wildcard: true')],
])('no finding: %s', (_, item) => {
  expect(codesOf(diagnosed([item], { links: LINKS })).filter((code) => code === 'host/interface-port')).toEqual([]);
});

test('a wildcard that covers ports only', () => {
  const links = [
    link('br0', { kind: 'bridge' }),
    ...['eth0', 'eth1'].map((name) => link(name, { master: 'br0', portOf: 'bridge' })),
  ];
  expect(codesOf(diagnosed([on('"eth*", wildcard: true')], { links }))).toEqual(['host/interface-port']);
});

const VRRP = { kind: 'macvlan', parent: 'wan0', address: '00:00:5e:00:01:33' };

test.each([
  ['a listen on every address', on('wan0'), VRRP],
  ['the address, which this host does not have now', on('wan0', '192.0.2.99:80'), VRRP],
])('packets for the address of a VRRP macvlan arrive on the macvlan: %s', (_, item, more) => {
  const links = [link('wan0'), link('vrrp.51', more)];
  const found = diagnosed([item], { links }).filter(({ code }) => code === 'host/interface-port');
  expect(messagesOf(found)).toEqual([
    'vrrp.51 is a macvlan of wan0 for VRRP, and packets for its addresses arrive on vrrp.51: forward web cannot receive these',
  ]);
  expect(found[0]?.remedy).toBe('add vrrp.51 to interface');
});

test.each([
  ['the listen has another address of the host', on('wan0', '192.0.2.1:80'), VRRP],
  ['the macvlan is named, too', on('[wan0, vrrp.51]'), VRRP],
  ['it is a macvlan of another interface', on('wan0'), { ...VRRP, parent: 'lan0' }],
  ['it is not of VRRP, and the listen has no address', on('wan0'), { ...VRRP, address: '52:54:00:00:00:01' }],
])('nothing is said of a macvlan if %s', (_, item, more) => {
  expect(codesOf(diagnosed([item], { links: [link('wan0'), link('lan0'), link('vrrp.51', more)] }))).toEqual([]);
});

test('a listen on the address of an ipvlan', () => {
  const links = [link('up0'), link('wan0', { kind: 'ipvlan', parent: 'up0' })];
  expect(messagesOf(diagnosed([on('up0', '192.0.2.1:80')], { links }))).toEqual([
    'wan0 is an ipvlan of up0, and packets for its addresses arrive on wan0: forward web cannot receive these',
  ]);
});

test.each([
  ['down', 'wan0 is down', 'run: ip link set wan0 up, or ignore this if it comes up later'],
  ['no-carrier', 'wan0 has no carrier', 'connect it, or ignore this if it comes up later'],
] as const)('an interface that is %s', (state, why, remedy) => {
  expect(diagnosed([on('wan0')], { links: [link('wan0', { state })] })).toEqual([
    {
      code: 'host/interface-down',
      message: `${why}: forward web can receive nothing through it now`,
      remedy,
      path: ['forwards', 0, 'interface'],
    },
  ]);
});

test('a member of a VRF has a note, by its name and by its address', () => {
  const links = [link('lan0'), link('blue', { kind: 'vrf' }), link('wan0', { master: 'blue', portOf: 'vrf' })];
  for (const item of [on('wan0'), '{name: web, listen: "192.0.2.1:80", target: 10.0.0.9}'])
    expect(codesOf(diagnosed([item], { links }))).toEqual(['host/interface-vrf']);
  expect(diagnosed([on('wan0')], { links })[0]?.remedy).toContain('; add blue to interface, because');
  expect(diagnosed([on('[wan0, blue]')], { links })[0]?.remedy).not.toContain('add blue');
  expect(codesOf(diagnosed([on('lan0')], { links }))).toEqual([]);
});

test('an interface without an address, as that below PPPoE, has a note', () => {
  const links = [link('eth7'), link('wan0'), link('lan0')];
  expect(diagnosed([on('eth7')], { links })).toEqual([
    {
      code: 'host/interface-without-address',
      message:
        'eth7 has no IPv4 address: packets for this host usually arrive on an interface that has one, and forward web may receive nothing through eth7',
      remedy:
        'name the interface that has the addresses (wan0 and lan0), or ignore this if clients use another address of this host through it',
      path: ['forwards', 0, 'interface'],
    },
  ]);
  expect(codesOf(diagnosed([on('"wan*", wildcard: true')], { links }))).toEqual([]);
});
