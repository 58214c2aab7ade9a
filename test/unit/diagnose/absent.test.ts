import { expect, test } from 'vitest';
import { diagnose } from '../../../src/diagnose/diagnose.ts';
import { fileOf, GATEWAY, modelOf } from '../../support/model.ts';
import { codesOf, diagnosed, link, QUIET } from '../../support/observations.ts';

const links = ['lo', 'wan0', 'lan0', 'tap1', 'tap2'].map((name) => link(name));
const on = (name: string, port: number, more = ''): string =>
  `{listen: ${port}, target: 10.0.0.9, interface: ${name}${more}}`;

test('an absent interface has one finding, with all forwards that name it', () => {
  const items = [on('wan0', 80), on('[lan0, nope0]', 81), on('nope0', 82, ', protocol: [tcp, udp]')];
  expect(diagnosed(items, { links })).toEqual([
    {
      code: 'host/interface-absent',
      message:
        'this host has no interface nope0 now: forwards tcp-81@lan0,nope0 and tcp+udp-82@nope0 can receive nothing through it',
      remedy:
        'correct the name (this host has wan0, lan0, tap1 and 1 more), or ignore this if the interface is created later',
      path: ['forwards', 1, 'interface'],
    },
  ]);
});

test('the ports of a bridge, a bond and a VRF are not named as places where clients come in', () => {
  const [finding] = diagnosed([on('nope0', 80)], {
    links: [
      link('lo'),
      link('br0', { kind: 'bridge' }),
      link('lanp1', { master: 'br0', portOf: 'bridge' }),
      link('bond0', { kind: 'bond' }),
      link('nic1', { master: 'bond0', portOf: 'bond' }),
      link('vrf1', { kind: 'vrf' }),
      link('member1', { master: 'vrf1', portOf: 'vrf' }),
    ],
  });
  expect(finding?.remedy).toContain('(this host has br0, bond0 and member1)');
});

test('a wildcard matches every interface that begins with it', () => {
  expect(codesOf(diagnosed([on('"tap*"', 80, ', wildcard: true')], { links }))).toEqual([
    'host/interface-without-address',
  ]);
  expect(codesOf(diagnosed([on('"ppp*"', 80, ', wildcard: true')], { links }))).toEqual(['host/interface-absent']);
});

test.each([
  ['the names are not known', on('nope0', 80), undefined],
  ['the forward is switched off', on('nope0', 80, ', enabled: false'), links],
])('no finding if %s', (_, item, known) => {
  expect(diagnosed([item], { links: known })).toEqual([]);
});

test('addresses that the host does not have share one note', () => {
  const items = [
    '"192.0.2.1:80:10.0.0.9"',
    '"192.0.2.7:80:10.0.0.9"',
    '"192.0.2.7:81:10.0.0.9/udp"',
    '"[2001:db8::1]:80:[2001:db8::9]"',
  ];
  expect(diagnosed(items, {})).toEqual([
    {
      code: 'host/address-absent',
      message:
        'this host does not have 192.0.2.7 now: forwards tcp-192.0.2.7-80 and udp-192.0.2.7-81 can receive nothing there',
      remedy: 'correct the address (ip address lists those of this host), or ignore this if the host gets it later',
      path: ['forwards', 1, 'listen'],
    },
  ]);
  expect(diagnosed(['"127.0.0.5:80:127.0.0.1:81"', '"80:10.0.0.9"'], {})).toEqual([]);
});

const findings = (item: string): unknown[] =>
  diagnosed([item], { links: [...links, link('port1')] }).map(({ code, path }) => [code, path]);

test('an interface that is listened on may be absent, or without an address', () => {
  expect(findings('{listen: "nope0:80", target: 10.0.0.9}')).toEqual([
    ['host/interface-absent', ['forwards', 0, 'listen']],
  ]);
  expect(findings('{listen: "port1:80", target: 10.0.0.9}')).toEqual([
    ['host/interface-without-address', ['forwards', 0, 'listen']],
  ]);
  expect(findings('{listen: "wan0:80", target: "[2001:db8::9]"}')).toEqual([
    ['host/interface-without-address', ['forwards', 0, 'listen']],
  ]);
  expect(findings('{listen: "lan0:80", target: 10.0.0.9}')).toEqual([]);
});

test('the addresses of a bridge port are those of its bridge', () => {
  const lan = [
    { interface: 'br0', address: '192.168.1.1', prefixLength: 24 },
    { interface: 'lanp2', address: 'fe80::1', prefixLength: 64 },
  ];
  const seen = {
    ...QUIET,
    links: [
      link('br0', { kind: 'bridge' }),
      link('lanp1', { master: 'br0', portOf: 'bridge' }),
      link('lanp2', { master: 'br0', portOf: 'bridge' }),
      link('nic1'),
    ],
  };
  const said = (item: string): unknown[] =>
    diagnose(modelOf(fileOf(item)), { ...GATEWAY, addresses: lan }, seen).map(({ code, remedy }) => [code, remedy]);
  expect(said('{listen: "lanp1:80", target: 192.168.1.9}')).toContainEqual([
    'host/interface-port',
    'write br0 instead of lanp1',
  ]);
  expect(said('{listen: "nic1:80", target: 192.168.1.9}')).toContainEqual([
    'host/interface-without-address',
    'name the interface that has the addresses (br0), or ignore this if nic1 gets an address later',
  ]);
  expect(said('{listen: "nic1:80", target: "[2001:db8::9]"}')).toContainEqual([
    'host/interface-without-address',
    'give nic1 an address, or ignore this if nic1 gets an address later',
  ]);
});
