import { expect, test } from 'vitest';
import { addressOf, digitsOf, firstDigits, lastDigits } from '../../../src/host/observe/routing/address-digits.ts';

test.each([
  ['20.19.135.9', 11, '20.0.0.0', '20.31.255.255'],
  ['20.19.135.9', 8, '20.0.0.0', '20.255.255.255'],
  ['20.19.135.9', 31, '20.19.135.8', '20.19.135.9'],
  ['20.19.135.9', 32, '20.19.135.9', '20.19.135.9'],
  ['2001:db8:ffff::9', 33, '2001:0db8:8000:0000:0000:0000:0000:0000', '2001:0db8:ffff:ffff:ffff:ffff:ffff:ffff'],
])('the first and the last address of the prefix around %s of length %s', (address, length, first, last) => {
  const digits = firstDigits(digitsOf(address), length);
  expect([addressOf(digits), addressOf(lastDigits(digits, length))]).toEqual([first, last]);
});
