import * as fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { expect, test } from 'vitest';
import { isLinkLocal, isLoopback, isPrivate } from '../../../src/model/address.ts';

const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6().map((text) => ipaddr.IPv6.parse(text).toRFC5952String());
const special = fc.constantFrom('127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0', '::1', '::2', '::');
const linkLocal = fc.constantFrom('169.254.0.0', '169.255.0.0', 'fe80::', 'febf:ffff::', 'fec0::', 'fe7f::', 'fe8::');
const near = fc.tuple(
  fc.constantFrom(127, 169, 10, 172, 192, 100),
  fc.constantFrom(0, 16, 31, 64, 168, 254),
  fc.nat(255),
);
const addresses = fc.oneof(
  ipv4,
  ipv6,
  special,
  linkLocal,
  near.map(([a, b, c]) => `${a}.${b}.${c}.1`),
);

test('the quick predicates say what ipaddr.js says', () => {
  fc.assert(
    fc.property(addresses, (address) => {
      const range = ipaddr.parse(address).range();
      expect(isLoopback(address)).toBe(range === 'loopback');
      expect(isLinkLocal(address)).toBe(range === 'linkLocal');
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['10.0.0.1', true],
  ['172.15.0.1', false],
  ['172.16.0.1', true],
  ['192.168.1.1', true],
  ['100.64.0.1', true],
  ['100.128.0.1', false],
  ['fd00::1', true],
  ['2001:db8::1', false],
  ['not an address', false],
])('isPrivate(%s) is %s', (address, expected) => {
  expect(isPrivate(address)).toBe(expected);
});
