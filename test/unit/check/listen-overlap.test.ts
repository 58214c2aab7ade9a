import { describe, expect, test } from 'vitest';
import { check } from '../../../src/check/check.ts';
import { checkFindings, fileOf, modelOf } from '../../support/model.ts';

const TARGETS = { ip: '10.0.0.2', ip6: '"[2001:db8::2]"' };

const item = (listen: string, more = '', family: keyof typeof TARGETS = 'ip'): string =>
  `{listen: ${listen}, target: ${TARGETS[family]}${more}}`;

const meet = (first: string, second: string): boolean =>
  checkFindings([first, second]).some((line) => line.endsWith('listen/overlap'));

describe.each([
  ['as written', (a: string, b: string) => [a, b] as const],
  ['in the other order', (a: string, b: string) => [b, a] as const],
])('%s', (_, ordered) => {
  test.each([
    ['the same port', item('80'), item('80')],
    ['any address and 0.0.0.0', item('80'), item('0.0.0.0:80')],
    ['any address and one address', item('80'), item('192.0.2.1:80')],
    ['one address twice', item('192.0.2.1:80'), item('192.0.2.1:80')],
    ['a port in a range', item('80-90'), item('85')],
    ['the first port of a range', item('80-90'), item('80')],
    ['the last port of a range', item('80-90'), item('90')],
    ['ranges that share one port', item('80-90'), item('90-99')],
    ['a range in a range', item('1-65535'), item('400-500')],
    ['a range on any address and a port on one', item('80-90'), item('192.0.2.1:85')],
    ['one of several listens', item('[79, "192.0.2.1:80"]'), item('[78, 80]')],
    ['one of several protocols', item('80', ', protocol: [tcp, udp]'), item('80', ', protocol: [sctp, udp]')],
    ['an interface and none', item('80', ', interface: eth0'), item('80')],
    ['one interface', item('80', ', interface: eth0'), item('80', ', interface: eth0')],
    ['one of several interfaces', item('80', ', interface: [eth0, eth1]'), item('80', ', interface: [eth2, eth1]')],
    ['a name and its pattern', item('80', ', interface: eth*, wildcard: true'), item('80', ', interface: eth0')],
    [
      'a name that is all of the pattern',
      item('80', ', interface: eth*, wildcard: true'),
      item('80', ', interface: eth'),
    ],
    ['two patterns', item('80', ', interface: et*, wildcard: true'), item('80', ', interface: eth*, wildcard: true')],
    ['an address on any interface and any address on one', item('192.0.2.1:80'), item('80', ', interface: eth0')],
    ['IPv6, any address', item('80', '', 'ip6'), item('"[::]:80"', '', 'ip6')],
    ['IPv6, one address', item('80', '', 'ip6'), item('"[2001:db8::1]:80"', '', 'ip6')],
  ])('%s meet', (__, first, second) => {
    expect(meet(...ordered(first, second))).toBe(true);
  });

  test.each([
    ['neighbouring ports', item('80'), item('81')],
    ['neighbouring ranges', item('80-90'), item('91-99')],
    ['tcp and udp', item('80'), item('80', ', protocol: udp')],
    ['two addresses', item('192.0.2.1:80'), item('192.0.2.2:80')],
    ['two interfaces', item('80', ', interface: eth0'), item('80', ', interface: eth1')],
    ['a pattern and another name', item('80', ', interface: eth*, wildcard: true'), item('80', ', interface: wan0')],
    [
      'two patterns apart',
      item('80', ', interface: eth*, wildcard: true'),
      item('80', ', interface: wan*, wildcard: true'),
    ],
    [
      'a name and a pattern that is longer',
      item('80', ', interface: eth'),
      item('80', ', interface: eth0*, wildcard: true'),
    ],
    ['two families', item('80'), item('80', '', 'ip6')],
    ['one that is switched off', item('80', ', name: a'), item('80', ', name: b, enabled: false')],
    ['a range with a hole', item('[80-84, 86-90]'), item('85')],
  ])('%s do not meet', (__, first, second) => {
    expect(meet(...ordered(first, second))).toBe(false);
  });
});

test('the later listen is pointed at, and the earlier one is named', () => {
  const model = modelOf(fileOf(item('80', ', name: web'), item('[81, "192.0.2.1:80"]')));
  expect(check(model)).toEqual([
    {
      code: 'listen/overlap',
      message: 'tcp 192.0.2.1:80 overlaps 80 of web',
      remedy: 'change the port, address or interface of one of the two, or remove one',
      path: ['forwards', 1, 'listen', 1],
      related: [['forwards', 0, 'listen']],
    },
  ]);
});

test('forwards that differ only in their clients meet, and the finding says so', () => {
  const [finding] = check(modelOf(fileOf(item('80', ', from: 192.0.2.0/24'), item('80', ', from: 203.0.113.0/24'))));
  expect(finding?.remedy).toMatch(/or remove one; from does not tell forwards apart$/);
});

test('a forward can meet itself', () => {
  expect(checkFindings([item('[80-90, 85]')])).toEqual(['3:20 forwards[0].listen[1] listen/overlap']);
});

test('every pair is told', () => {
  expect(checkFindings([item('80'), item('90'), item('85-95'), item('70-99')])).toEqual([
    '5:12 forwards[2].listen listen/overlap',
    '6:12 forwards[3].listen listen/overlap',
    '6:12 forwards[3].listen listen/overlap',
    '6:12 forwards[3].listen listen/overlap',
  ]);
});

test.each([
  ['on one port', () => item('80')],
  ['in each other', (index: number) => item(`${1 + (index % 30_000)}-${65_535 - (index % 30_000)}`)],
  ['of one target that is a listen', () => '192.0.2.1:80:192.0.2.1:80'],
])('10 000 forwards %s end with a finding for each, and ten rivals at the most', (_, make) => {
  const { forwards } = modelOf(fileOf(...Array.from({ length: 10_000 }, (__, index) => make(index))));
  const found = check({ version: 1, forwarding: 'require', counters: true, priority: 0, forwards }).filter(
    ({ code }) => code === 'listen/overlap',
  );
  expect(new Set(found.map(({ path }) => path[1])).size).toBe(9999);
  expect(found.length).toBeLessThan(100_000);
});
