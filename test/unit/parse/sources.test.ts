import { describe, expect, test } from 'vitest';
import { admits } from '../../../src/model/admits.ts';
import { fileOf, forwardsOf, parseFindings, parseText } from '../../support/model.ts';

const item = (from: string, target = '10.0.0.2'): string => `{listen: 80, target: ${target}, from: ${from}}`;
const six = (from: string): string => item(from, '"[2001:db8::2]"');

/** `MESSAGE; REMEDY [CODE]` of the only finding. */
function only(text: string): string {
  const { findings } = parseText(fileOf(text));
  return findings.map(({ message, remedy, code }) => `${message}; ${remedy} [${code}]`).join('\n');
}

test.each([
  ['198.51.100.7', ['198.51.100.7']],
  ['198.51.100.0/24', ['198.51.100.0/24']],
  ['[198.51.100.0/24, 203.0.113.7]', ['198.51.100.0/24', '203.0.113.7']],
  ['[10.0.0.0/25, 10.0.0.128/25]', ['10.0.0.0/25', '10.0.0.128/25']],
  ['["0.0.0.0/1", 128.0.0.0/1]', ['0.0.0.0/1', '128.0.0.0/1']],
  ['224.0.0.0/3', ['224.0.0.0/3']],
  ['169.254.0.0/16', ['169.254.0.0/16']],
])('from: %s is taken', (from, expected) => {
  expect(forwardsOf(item(from))[0]?.from).toEqual(expected);
});

test.each(['2001:db8::/32', 'fe80::/10', 'fe80::7', '"::/1"', '[2001:db8::1, "2001:db8:1::/48"]'])(
  'from: %s is taken for IPv6',
  (from) => {
    expect(forwardsOf(six(from))[0]?.from.length).toBeGreaterThan(0);
  },
);

test('without from, and in shorthand, every client is allowed', () => {
  expect(forwardsOf('80:10.0.0.2', '{listen: 81, target: 10.0.0.2}').map(({ from }) => from)).toEqual([[], []]);
});

describe('what is refused', () => {
  test.each([
    ['office', '"office" is neither an address nor a prefix; write an address; names are not looked up'],
    ['"*"', '"*" is neither an address nor a prefix; to allow every client, write the forward without the key from'],
    ['""', '"" is neither an address nor a prefix'],
    ['"198.51.100.7 "', '"198.51.100.7 " is neither an address nor a prefix'],
    ['198.51.100', '"198.51.100" is neither an address nor a prefix; write four numbers, such as 192.168.0.2'],
    ['010.0.0.1', '"010.0.0.1" is neither an address nor a prefix; write it without leading zeros: 10.0.0.1'],
    ['198.51.100.7:80', '"198.51.100.7:80" is neither an address nor a prefix'],
    ['"[2001:db8::1]"', 'write it without brackets and without a port'],
    ['"fe80::7%eth0"', 'remove the zone and name the interface with the key interface'],
    [
      '198.51.100.0/33',
      'invalid prefix length in "198.51.100.0/33"; write a number of bits from 1 to 32 after the slash',
    ],
    ['198.51.100.0/024', 'invalid prefix length in "198.51.100.0/024"'],
    ['198.51.100.0/', 'invalid prefix length in "198.51.100.0/"'],
    ['198.51.100.0/255.255.255.0', 'invalid prefix length in "198.51.100.0/255.255.255.0"'],
    ['198.51.100.0/24/24', 'invalid prefix length in "198.51.100.0/24/24"'],
    ['198.51.100.7/32', '198.51.100.7/32 is a single address; write 198.51.100.7'],
    [
      '198.51.100.7/24',
      '198.51.100.7/24 has host bits set; write 198.51.100.0/24, or 198.51.100.7 for the single address',
    ],
    ['0.0.0.1/0', '0.0.0.1/0 has host bits set'],
  ])('from: %s', (from, said) => {
    expect(only(item(from))).toContain(said);
    expect(only(item(from))).toMatch(/ \[from\/address\]$/);
  });

  test.each([
    ['2001:DB8::/32', '2001:DB8:: is not the canonical form of this address; write 2001:db8::/32'],
    ['2001:db8::1/64', 'write 2001:db8::/64, or 2001:db8::1 for the single address'],
    ['2001:db8::1/128', '2001:db8::1/128 is a single address; write 2001:db8::1'],
    ['2001:db8::/129', 'write a number of bits from 1 to 128 after the slash'],
  ])('from: %s, for IPv6', (from, said) => {
    expect(only(six(from))).toContain(said);
    expect(only(six(from))).toMatch(/ \[from\/address\]$/);
  });

  test.each([
    [
      item('0.0.0.0/0'),
      '0.0.0.0/0 allows every client; list only the clients that are allowed; to allow every client, write the forward without the key from [from/pointless]',
    ],
    [
      six('"::/0"'),
      '::/0 allows every client; list only the clients that are allowed; to allow every client, write the forward without the key from [from/pointless]',
    ],
    [item('0.0.0.0'), '0.0.0.0 is not the address of a client; '],
    [item('0.0.0.0/8'), '0.0.0.0/8 is not the address of a client; '],
    [
      item('127.0.0.1'),
      '127.0.0.1 is a loopback address, which no remote client has; list clients outside; connections from this host',
    ],
    [item('127.0.0.0/8'), '127.0.0.0/8 is a loopback address'],
    [item('224.0.0.0/4'), '224.0.0.0/4 is a multicast address'],
    [item('255.255.255.255'), '255.255.255.255 is the broadcast address'],
    [six('"::1"'), '::1 is a loopback address'],
    [six('"ff00::/8"'), 'ff00::/8 is a multicast address'],
    [six('"::ffff:198.51.100.7"'), '[from/'],
    [item('2001:db8::/32'), '2001:db8::/32 is IPv6, but the target is IPv4'],
    [six('198.51.100.0/24'), '198.51.100.0/24 is IPv4, but the target is IPv6'],
  ])('%s', (text, said) => {
    expect(only(text)).toContain(said);
  });

  test('another kind of value, and an empty list', () => {
    expect(parseFindings(fileOf(item('10')))).toEqual(['3:40 forwards[0].from model/type']);
    expect(parseFindings(fileOf(item('[10]')))).toEqual(['3:41 forwards[0].from[0] model/type']);
    expect(parseFindings(fileOf(item('[]')))).toEqual(['3:40 forwards[0].from model/value']);
    expect(only(item('10'))).toContain('write an address or a prefix such as 198.51.100.0/24, or a list of these');
  });
});

test.each([
  ['[198.51.100.7, 203.0.113.7, 198.51.100.7]', '[2]', '198.51.100.7 is listed twice; remove one of the two'],
  [
    '[10.0.0.0/8, 10.1.0.0/16]',
    '[1]',
    '10.1.0.0/16 is part of 10.0.0.0/8, which is listed as well; remove 10.1.0.0/16, which changes nothing, or 10.0.0.0/8, if only 10.1.0.0/16 is meant',
  ],
  ['[10.1.0.7, 192.0.2.0/24, 10.0.0.0/8]', '[0]', '10.1.0.7 is part of 10.0.0.0/8'],
])('each client is said once: %s', (from, at, said) => {
  const { findings } = parseText(fileOf(item(from)));
  expect(findings.map(({ code }) => code)).toEqual(['from/overlap']);
  expect(only(item(from))).toContain(said);
  expect(parseFindings(fileOf(item(from)))[0]).toContain(`forwards[0].from${at} `);
});

test('a list of 20 000 clients is read', () => {
  const many = Array.from({ length: 20_000 }, (_, at) => `10.${at >> 8}.${at & 255}.0/24`);
  expect(forwardsOf(item(`[${many.join(', ')}]`))[0]?.from).toHaveLength(20_000);
});

test('of a list, each source that is wrong is pointed at, beside what else is wrong', () => {
  const text =
    'version: 1\nforwards:\n- listen: 80x\n  target: 10.0.0.2\n  from:\n  - office\n  - 10.0.0.0/8\n  - 10.0.0.1/8\n';
  expect(parseFindings(text)).toEqual([
    '3:11 forwards[0].listen listen/port',
    '6:5 forwards[0].from[0] from/address',
    '8:5 forwards[0].from[2] from/address',
  ]);
});

test('who is let in', () => {
  const from = ['198.51.100.0/24', '10.0.0.128/25', '203.0.113.7', '2001:db8::/32', '::/1', 'fe80::7'];
  const inside = ['198.51.100.0', '198.51.100.255', '10.0.0.128', '203.0.113.7', '2001:db8:ffff::1', 'fe80::7', '::1'];
  const outside = ['198.51.101.0', '10.0.0.127', '203.0.113.6', '2001:db9::', 'fe80::8', '8000::'];
  expect(inside.filter((address) => !admits(from, address))).toEqual([]);
  expect(
    outside.filter((address) =>
      admits(
        from.filter((one) => one !== '::/1'),
        address,
      ),
    ),
  ).toEqual([]);
  expect(admits(['::/1'], '1.2.3.4')).toBe(false);
  expect(admits([], '1.2.3.4')).toBe(true);
});
