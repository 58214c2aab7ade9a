import * as fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { expect, test } from 'vitest';
import { bitsOf } from '../../../src/model/prefix.ts';

const bytes = fc.oneof(fc.constant(0), fc.nat(255));

/** IPv6 is written in several forms. */
const forms = (parsed: ipaddr.IPv4 | ipaddr.IPv6): string[] =>
  parsed instanceof ipaddr.IPv6 ? [parsed.toRFC5952String(), parsed.toNormalizedString()] : [parsed.toString()];

test.each([4, 16])('the bits of an address of %i bytes are those of its bytes', (size) => {
  fc.assert(
    fc.property(fc.array(bytes, { minLength: size, maxLength: size }), fc.nat(8 * size), (address, length) => {
      const bits = address.map((byte) => byte.toString(2).padStart(8, '0')).join('');
      for (const form of forms(ipaddr.fromByteArray(address))) {
        expect(bitsOf(form)).toBe(bits);
        expect(bitsOf(`${form}/${length}`)).toBe(bits.slice(0, length));
      }
    }),
  );
});

test('the last 32 bits can be written as IPv4', () => {
  expect(bitsOf('64:ff9b::192.0.2.1')).toBe(bitsOf('64:ff9b::c000:201'));
});
