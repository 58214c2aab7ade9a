import { expect, test } from 'vitest';
import { hostBindingsOf } from '../../../src/diagnose/binding.ts';
import { diagnoseListenerCovered } from '../../../src/diagnose/covered/listener-covered.ts';
import type { ObservedSocket } from '../../../src/diagnose/observations.ts';
import { fileOf, GATEWAY, modelOf } from '../../support/model.ts';
import { codesOf, diagnosed, link, messagesOf, QUIET } from '../../support/observations.ts';

const socket = (address: string, port = 80, protocol: 'tcp' | 'udp' = 'tcp'): ObservedSocket => ({
  protocol,
  address,
  port,
  process: undefined,
});
const covered = (item: string, ...sockets: readonly ObservedSocket[]): boolean =>
  codesOf(diagnosed([item], { sockets })).includes('host/listener-covered');

const REMOTE = '{listen: 80, target: 10.0.0.9}';
const LOCAL = '{listen: 80, target: "10.0.0.1:8080"}';

test.each([
  ['every address', '0.0.0.0', REMOTE],
  ['one address', '192.0.2.1', REMOTE],
  ['every address of both families', '::', REMOTE],
  ['every address of both families, IPv6', '::', '{listen: "[::]:80", target: "[2001:db8::9]"}'],
  ['an IPv6 address', '2001:db8::1', '{listen: "[::]:80", target: "[2001:db8::9]"}'],
  ['127.0.0.1, when the target is this host', '127.0.0.1', LOCAL],
  ['127.0.0.53, with loopback: true', '127.0.0.53', '{listen: 80, target: 10.0.0.9, loopback: true}'],
  ['the address that is listened on', '192.0.2.1', '{listen: "192.0.2.1:80", target: 10.0.0.9}'],
  ['every address, by a listen on one', '0.0.0.0', '{listen: "192.0.2.1:80", target: 10.0.0.9}'],
  ['every address, by a forward of one interface', '0.0.0.0', '{listen: 80, target: 10.0.0.9, interface: wan0}'],
  ['a port in a range', '0.0.0.0', '{listen: 70-90, target: 10.0.0.9}'],
])('hidden: a socket on %s (%s)', (_, address, item) => {
  expect(covered(item, socket(address))).toBe(true);
});

test.each([
  ['127.0.0.1, when the target is another host', socket('127.0.0.1'), REMOTE],
  [
    '127.0.0.1, by a forward of one interface',
    socket('127.0.0.1'),
    '{listen: 80, target: "10.0.0.1:8080", interface: wan0}',
  ],
  ['::1', socket('::1'), '{listen: "[::]:80", target: "[2001:db8::1]:8080"}'],
  [
    'a link-local address, when the target is another host',
    socket('fe80::1'),
    '{listen: "[::]:80", target: "[2001:db8::9]"}',
  ],
  ['the other family', socket('2001:db8::1'), REMOTE],
  ['another address', socket('10.0.0.1'), '{listen: "192.0.2.1:80", target: 10.0.0.9}'],
  ['another port', socket('0.0.0.0', 81), REMOTE],
  ['another protocol', socket('0.0.0.0', 80, 'udp'), REMOTE],
  ['the target itself', socket('10.0.0.1'), '{listen: 80, target: "10.0.0.1:80"}'],
  ['every address, which is the target itself', socket('0.0.0.0'), '{listen: 80, target: "10.0.0.1:80"}'],
  [
    'every address, where the forward is switched off',
    socket('0.0.0.0'),
    '{listen: 80, target: 10.0.0.9, enabled: false}',
  ],
] as const)('left alone: a listener on %s', (_, one, item) => {
  expect(covered(item, one)).toBe(false);
});

const ON_WAN = '{listen: "wan0:80", target: 10.0.0.9}';
const both = (item: string, one: ObservedSocket): string[] =>
  codesOf(diagnosed([item], { sockets: [one] })).filter((code) => code.startsWith('host/listener'));

test.each([
  ['an address of the interface', socket('192.0.2.1'), ON_WAN, ['host/listener-covered']],
  ['every address', socket('0.0.0.0'), ON_WAN, ['host/listener-covered']],
  ['an address of another interface', socket('10.0.0.1'), ON_WAN, ['host/listener-partly-covered']],
  ['an address that no interface has', socket('10.0.0.77'), ON_WAN, []],
  ['127.0.0.1', socket('127.0.0.1'), ON_WAN, []],
  [
    'an address of another interface, with interface',
    socket('10.0.0.1'),
    '{listen: "wan0:80", target: 10.0.0.9, interface: wan0}',
    [],
  ],
  [
    'an address of the LAN, by a plain forward of the uplink',
    socket('10.0.0.1'),
    '{listen: 80, target: 10.0.0.9, interface: wan0}',
    [],
  ],
  [
    'an address of the uplink, by a plain forward of the LAN',
    socket('192.0.2.1'),
    '{listen: 80, target: 10.0.0.9, interface: lan0}',
    ['host/listener-covered'],
  ],
  [
    'an address of the LAN, by a plain forward of a tunnel',
    socket('10.0.0.1'),
    '{listen: 80, target: 10.0.0.9, interface: wg0}',
    ['host/listener-partly-covered'],
  ],
])('a listen on an interface or a forward of one, and a socket on %s', (_, one, item, codes) => {
  expect(both(item, one)).toEqual(codes);
});

test('the message names the ways that the forward takes from the socket', () => {
  const [finding] = diagnosed(['{name: web, listen: "wan0:80", target: 10.0.0.9}'], { sockets: [socket('10.0.0.1')] });
  expect(finding?.message).toMatch(
    /^forward web also takes connections to tcp 10\.0\.0\.1:80 that come from this host itself: /,
  );
});

test('the message does not name the ports of a bridge, which have link-local addresses only', () => {
  const addresses = ['port1', 'tunnel1'].map((name) => ({ interface: name, address: 'fe80::5', prefixLength: 64 }));
  const facts = { ...GATEWAY, addresses: [...GATEWAY.addresses, ...addresses] };
  const links = [
    link('lan0', { kind: 'bridge' }),
    link('port1', { master: 'lan0', portOf: 'bridge' }),
    link('tunnel1'),
  ];
  const found = diagnoseListenerCovered(
    hostBindingsOf(modelOf(fileOf('{name: web, listen: "wan0:80", target: 10.0.0.9}')), facts),
    { ...QUIET, sockets: [socket('10.0.0.1')], links },
  );
  expect(found.map(({ message }) => message)).toEqual([
    expect.stringContaining('that come from this host itself or through tunnel1: '),
  ]);
});

test('a socket on every address is hidden if another one serves the target', () => {
  expect(covered('{listen: 80, target: "10.0.0.1:80"}', socket('0.0.0.0'), socket('10.0.0.1'))).toBe(true);
});

test('process, port and forward are named, and many are counted', () => {
  const sockets = [1, 2, 3, 4, 5].map((port) => ({ ...socket('::', port), process: `p${port}` }));
  expect(messagesOf(diagnosed(['{name: all, listen: 1-9, target: 10.0.0.9}'], { sockets }))).toEqual([
    'forward all would hide tcp [::]:1 (p1), tcp [::]:2 (p2), tcp [::]:3 (p3) and 2 more: clients would reach its target instead of the processes that listen there',
  ]);
});

test('thousands of forwards have a dozen findings', () => {
  const ports = Array.from({ length: 2000 }, (_, index) => index + 1);
  const items = ports.map((port) => `{name: f${port}, listen: ${port}, target: 10.0.0.9}`);
  const messages = messagesOf(diagnosed(items, { sockets: ports.map((port) => socket('0.0.0.0', port)) }));
  expect(messages).toHaveLength(11);
  expect(messages.at(-1)).toBe(
    'forwards f11, f12, f13 and 1987 more would also hide ports where processes of this host listen',
  );
});

test('the port of the SSH session has one finding, with a code of its own', () => {
  const session = { address: '192.0.2.1', port: 80, client: '198.51.100.7' };
  expect(diagnosed([REMOTE], { session, sockets: [socket('0.0.0.0')] })).toMatchObject([
    {
      code: 'host/session-covered',
      message:
        'forward tcp-80 would take over tcp 192.0.2.1:80, the port of your SSH session: new logins would go to the target of the forward',
    },
  ]);
  expect(codesOf(diagnosed([LOCAL], { session: { ...session, address: '10.0.0.1', port: 8080 } }))).toEqual([]);
  expect(
    codesOf(diagnosed(['{listen: 80, target: "10.0.0.1:80"}'], { session: { ...session, address: '10.0.0.1' } })),
  ).toEqual([]);
});

const to = (from: string): string => `{name: ssh, listen: 80, target: "10.0.0.1:80", from: ${from}}`;

test('a forward to the port of the session itself must admit its client', () => {
  const session = { address: '10.0.0.1', port: 80, client: '198.51.100.7' };
  expect(messagesOf(diagnosed([to('192.0.2.0/24')], { session }))).toEqual([
    'forward ssh would refuse new logins from 198.51.100.7, the client of your SSH session on tcp 10.0.0.1:80: the key from does not include this address',
  ]);
  expect(codesOf(diagnosed([to('192.0.2.0/24')], { session }))).toEqual(['host/session-covered']);
  expect(codesOf(diagnosed([to('198.51.100.0/24')], { session }))).toEqual([]);
  expect(codesOf(diagnosed([to('192.0.2.0/24')], { session: { ...session, port: 81 } }))).toEqual([]);
});

test.each([
  ['from outside, at an address of the interface', '192.0.2.1', '192.0.2.7', true],
  ['from the LAN, at an address of the interface', '192.0.2.1', '10.0.0.7', true],
  ['from the LAN, at an address of the LAN', '10.0.0.1', '10.0.0.7', false],
  ['from outside, at an address of the LAN', '10.0.0.1', '192.0.2.7', true],
  ['from an unknown place, at an address of the LAN', '10.0.0.1', '203.0.113.7', true],
])('an SSH session %s, and a listen on an interface', (_, address, client, isCovered) => {
  const codes = codesOf(diagnosed([ON_WAN], { session: { address, port: 80, client } }));
  expect(codes.includes('host/session-covered')).toBe(isCovered);
});

test('an SSH session in the LAN, and a plain forward of the uplink', () => {
  const item = '{listen: 80, target: 10.0.0.9, interface: wan0}';
  const session = { address: '10.0.0.1', port: 80, client: '10.0.0.7' };
  expect(codesOf(diagnosed([item], { session }))).not.toContain('host/session-covered');
  expect(codesOf(diagnosed([item], { session: { ...session, address: '192.0.2.1' } }))).toContain(
    'host/session-covered',
  );
});
