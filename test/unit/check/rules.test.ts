import { describe, expect, test } from 'vitest';
import { check } from '../../../src/check/check.ts';
import { checkFindings, fileOf, GATEWAY, modelOf } from '../../support/model.ts';

const named = (name: string, port: number, more = ''): string =>
  `{name: ${name}, listen: ${port}, target: 10.0.0.2${more}}`;

describe('duplicate names', () => {
  test.each<[string, string[], string[]]>([
    ['two of one name', [named('web', 80), named('web', 81)], ['4:3 forwards[1] forward/duplicate-name']],
    [
      'a name that another forward derives',
      ['80:10.0.0.2', named('tcp-80', 81)],
      ['4:3 forwards[1] forward/duplicate-name'],
    ],
    [
      'one that is switched off',
      [named('web', 80, ', enabled: false'), named('web', 81)],
      ['4:3 forwards[1] forward/duplicate-name'],
    ],
    [
      'three of one name',
      [named('web', 80), named('web', 81), named('web', 82)],
      ['4:3 forwards[1] forward/duplicate-name', '5:3 forwards[2] forward/duplicate-name'],
    ],
    ['names that differ in case', [named('web', 80), named('Web', 81)], []],
    [
      'derived names of one listen: the overlap says it',
      ['80:10.0.0.2', '80:10.0.0.3'],
      ['4:3 forwards[1].listen listen/overlap'],
    ],
    [
      'derived names where one is switched off',
      [
        '80:10.0.0.2',
        '{listen: 80, target: 10.0.0.3, enabled: false}',
        '{listen: 80, target: 10.0.0.4, enabled: false}',
      ],
      [],
    ],
    [
      'the derived name of another that is switched off, written out',
      ['80:10.0.0.2', '{name: tcp-80, listen: 80, target: 10.0.0.3, enabled: false}'],
      ['4:3 forwards[1] forward/duplicate-name'],
    ],
  ])('%s', (_, items, expected) => {
    expect(checkFindings(items)).toEqual(expected);
  });
});

describe('mss: clamp', () => {
  test.each<[string, string[]]>([
    ['', []],
    [', protocol: [udp, tcp]', []],
    [', protocol: udp', ['3:65 forwards[0].mss forward/mss']],
    [', protocol: [udp, sctp]', ['3:73 forwards[0].mss forward/mss']],
    [', protocol: udp, enabled: false', []],
  ])('needs TCP: %s', (more, expected) => {
    expect(checkFindings([`${named('web', 80, more).slice(0, -1)}, mss: clamp}`])).toEqual(expected);
  });
});

describe('length of ranges', () => {
  const LISTEN = ['3:12 forwards[0].listen forward/range-length'];

  test.each<[string, string, string[]]>([
    ['80', '10.0.0.2:8080', []],
    ['80-90', '10.0.0.2', []],
    ['80-90', '10.0.0.2:8080-8090', []],
    ['80-90', '10.0.0.2:8080-8089', LISTEN],
    ['80-90', '10.0.0.2:8080', LISTEN],
    ['80', '10.0.0.2:8080-8090', LISTEN],
    ['60000-60010', '10.0.0.2:65530-65535', LISTEN],
    ['[80-90, 91, 92-102]', '10.0.0.2:8080-8090', ['3:20 forwards[0].listen[1] forward/range-length']],
  ])('listen: %s, target: %s', (listen, target, expected) => {
    expect(checkFindings([`{listen: ${listen}, target: ${target}}`])).toEqual(expected);
  });
});

describe('mixed families', () => {
  const MIXED = ['3:12 forwards[0].listen forward/family-mismatch'];

  test.each<[string, string, string[]]>([
    ['"[::]:80"', '10.0.0.2', MIXED],
    ['"[2001:db8::1]:80"', '10.0.0.2', MIXED],
    ['0.0.0.0:80', '"[2001:db8::2]"', MIXED],
    ['192.0.2.1:80', '"[2001:db8::2]"', MIXED],
    ['"*:80"', '"[2001:db8::2]"', []],
    ['"[::]:80"', '"[2001:db8::2]"', []],
    ['0.0.0.0:80', '10.0.0.2', []],
    [
      '[80, "[::]:81", "[2001:db8::1]:82"]',
      '10.0.0.2',
      ['3:17 forwards[0].listen[1] forward/family-mismatch', '3:28 forwards[0].listen[2] forward/family-mismatch'],
    ],
  ])('listen: %s, target: %s', (listen, target, expected) => {
    expect(checkFindings([`{listen: ${listen}, target: ${target}}`])).toEqual(expected);
  });
});

describe('listen addresses', () => {
  const REFUSED = ['3:12 forwards[0].listen listen/unusable-address'];

  test.each<[string, string, string[]]>([
    ['192.0.2.1:80', '10.0.0.2', []],
    ['127.0.0.1:80', '10.0.0.2', []],
    ['169.254.0.1:80', '10.0.0.2', []],
    ['0.0.0.1:80', '10.0.0.2', REFUSED],
    ['224.0.0.1:80', '10.0.0.2', REFUSED],
    ['255.255.255.255:80', '10.0.0.2', REFUSED],
    ['"[::1]:80"', '"[2001:db8::2]"', REFUSED],
    ['"[ff02::1]:80"', '"[2001:db8::2]"', REFUSED],
    ['"[fe80::1]:80"', '"[2001:db8::2]"', REFUSED],
    ['"[fe80::1]:80"', '"[2001:db8::2]", interface: eth0', []],
    ['127.0.0.1:80', '10.0.0.2, interface: eth0', REFUSED],
  ])('listen: %s, target: %s', (listen, target, expected) => {
    expect(checkFindings([`{listen: ${listen}, target: ${target}}`])).toEqual(expected);
  });
});

test.each([
  ['from: 192.0.2.0/24', 'from'],
  ['interface: eth0', 'interface'],
])('no message advises to remove %s if another listen needs it', (key, name) => {
  const remedyOf = (listen: string): string | undefined =>
    check(modelOf(fileOf(`{listen: ${listen}, target: 127.0.0.1:8080, loopback: true, ${key}}`)))[0]?.remedy;
  expect(remedyOf('127.0.0.1:80')).toBe(`remove the key ${name}`);
  expect(remedyOf('[127.0.0.1:80, 127.0.0.2:80]')).toBe(`remove the key ${name}`);
  for (const listen of ['[80, 127.0.0.1:81]', '[127.0.0.1:81, 192.0.2.1:80]', '["eth0:80", 127.0.0.1:81]'])
    expect(remedyOf(listen)).toBe(`move this listen to a forward of its own, without the key ${name}`);
});

test('a listen in 127.0.0.0/8 has no clients outside, so from is refused', () => {
  const from = 'from: 192.0.2.0/24';
  expect(checkFindings([`{listen: 127.0.0.1:80, target: 127.0.0.1:8080, ${from}}`])).toEqual([
    '3:12 forwards[0].listen from/pointless',
  ]);
  expect(checkFindings([`{listen: [80, "127.0.0.1:81"], target: 10.0.0.2, ${from}}`])).toEqual([
    '3:17 forwards[0].listen[1] from/pointless',
  ]);
  expect(checkFindings([`{listen: [80, "192.0.2.1:81"], target: 10.0.0.2, ${from}}`])).toEqual([]);
});

test.each(['10.0.0.255', '127.255.255.255'])(
  'the broadcast address %s of the host is refused as a listen',
  (address) => {
    const items = [`{listen: "${address}:80", target: 10.0.0.1}`];
    expect(checkFindings(items, GATEWAY)).toEqual(['3:12 forwards[0].listen listen/unusable-address']);
    expect(checkFindings(items)).toEqual([]);
  },
);

describe('target addresses', () => {
  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '255.255.255.255',
    '224.0.0.1',
    '239.255.255.250',
    '169.254.169.254',
    '127.0.0.1',
    '"[::]"',
    '"[::1]"',
    '"[ff02::1]"',
    '"[fe80::1]"',
  ])('%s is refused', (target) => {
    expect(checkFindings([`{listen: 80, target: ${target}}`])).toEqual([
      '3:24 forwards[0].target target/unusable-address',
    ]);
  });

  test.each(['10.0.0.2', '203.0.113.255', '240.0.0.1', '"[2001:db8::2]"', '"[fd00::2]"'])('%s is taken', (target) => {
    expect(checkFindings([`{listen: 80, target: ${target}}`])).toEqual([]);
  });

  test('127.0.0.1 is a target for what only this host can reach', () => {
    expect(checkFindings(['127.0.0.1:80:127.0.0.1:8080'])).toEqual([]);
    expect(checkFindings(['{listen: ["127.0.0.1:80", "192.0.2.1:80"], target: 127.0.0.1:8080}'])).toEqual([
      '3:54 forwards[0].target target/unusable-address',
    ]);
  });

  test('the broadcast address of a subnet is refused where the host has that subnet', () => {
    const items = ['{listen: 80, target: 10.0.0.255}'];
    expect(checkFindings(items, GATEWAY)).toEqual(['3:24 forwards[0].target target/unusable-address']);
    expect(checkFindings(items)).toEqual([]);
  });
});

describe('loopback', () => {
  const KEY = 'forwards[0].loopback forward/loopback';

  test.each<[string, string[]]>([
    ['{loopback: true, listen: 80, target: 10.0.0.2}', []],
    ['{loopback: true, listen: 80, target: "[2001:db8::2]"}', [`3:14 ${KEY}`]],
    ['{loopback: true, listen: 80, target: 10.0.0.2, interface: eth0}', [`3:14 ${KEY}`]],
    ['{loopback: true, listen: 80, target: 10.0.0.2, masquerade: never}', [`3:14 ${KEY}`]],
    ['{loopback: true, listen: 80, target: 10.0.0.1, masquerade: never}', []],
    ['{listen: 127.0.0.1:80, target: 10.0.0.2}', ['3:12 forwards[0].listen forward/loopback']],
    ['{listen: 127.1.2.3:80, target: 10.0.0.2, loopback: true}', []],
    ['{listen: 127.0.0.1:80, target: 10.0.0.1:8080}', []],
    ['{listen: 80, target: 10.0.0.2}', []],
  ])('%s', (item, expected) => {
    expect(checkFindings([item], GATEWAY)).toEqual(expected);
  });

  test('without host facts it is not known whether the target is this host', () => {
    expect(checkFindings(['{listen: 127.0.0.1:80, target: 10.0.0.2}'])).toEqual([]);
  });
});
