import { expect, test } from 'vitest';
import { fileOf, forwardsOf, parseFindings, parseText } from '../../support/model.ts';

const item = (name: string, more = ''): string => `{listen: 80, target: 10.0.0.2, interface: ${name}${more}}`;

test.each([
  ['eth*', /wildcard: true/],
  ['"@x"', /as ip link shows it/],
  ['abcdefghijklmnop', /15 characters/],
  [`'a"b'`, /as ip link shows it/],
  ['"a b"', /as ip link shows it/],
  ['"a\\nb"', /as ip link shows it/],
  ['a/b', /as ip link shows it/],
  ['é', /as ip link shows it/],
  ['""', /as ip link shows it/],
  ['"*"', /^name the interfaces;/],
  ['e*h', /as ip link shows it/],
  ['lo', /without lo/],
])('interface: %s is refused', (name, remedy) => {
  expect(parseFindings(fileOf(item(name)))).toEqual(['3:45 forwards[0].interface forward/interface']);
  expect(parseText(fileOf(item(name))).findings[0]?.remedy).toMatch(remedy);
});

test.each(['"*"', 'e*h', '"@*"', 'abcdefghijklmno*', 'lo', 'eth**'])(
  '%s is refused with wildcard: true as well',
  (name) => {
    expect(parseFindings(fileOf(item(name, ', wildcard: true')))).toEqual([
      '3:45 forwards[0].interface forward/interface',
    ]);
  },
);

test.each(['eth0', 'br-lan', 'eth0.7', 'veth1@if', 'abcdefghijklmno'])('interface: %s is taken', (name) => {
  expect(forwardsOf(item(name))[0]?.interfaces).toEqual([name]);
});

test('with wildcard: true a name may end in *, and others stay as they are', () => {
  expect(forwardsOf(item('["ppp*", eth0, abcdefghijklmn*]', ', wildcard: true'))[0]?.interfaces).toEqual([
    'ppp*',
    'eth0',
    'abcdefghijklmn*',
  ]);
});

test('of a list, each name that is wrong is pointed at', () => {
  const text = 'version: 1\nforwards:\n- listen: 80\n  target: 10.0.0.2\n  interface:\n  - eth0\n  - "@x"\n  - lo\n';
  expect(parseFindings(text)).toEqual([
    '7:5 forwards[0].interface[1] forward/interface',
    '8:5 forwards[0].interface[2] forward/interface',
  ]);
});
