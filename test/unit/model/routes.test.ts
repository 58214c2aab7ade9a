import { expect, test } from 'vitest';
import { egressOf, routesTo } from '../../../src/model/routes.ts';
import { GATEWAY } from '../../support/model.ts';

const onLink = ['10.0.0.0/8', '10.0.0.0/24', '10.0.0.0/16', '2001:db8::/32'].map((prefix) => ({
  prefix,
  interface: 'lan0',
}));
const routed = [
  { prefix: '0.0.0.0/0', via: '192.0.2.254', interface: 'wan0' },
  { prefix: '10.0.7.0/24', via: '10.0.0.3', interface: 'lan0' },
  { prefix: '10.0.7.0/24', via: '10.0.0.4', interface: 'lan1' },
  { prefix: '10.0.0.0/16', via: '192.0.2.9', interface: 'wan0' },
  { prefix: '::/0', via: 'fe80::1', interface: 'wan0' },
];
const facts = { ...GATEWAY, onLink, routed };

test.each([
  ['10.0.0.2', ['10.0.0.0/24']],
  ['10.0.1.2', ['10.0.0.0/16']],
  ['10.1.1.1', ['10.0.0.0/8']],
  ['10.0.7.2', ['10.0.7.0/24 via 10.0.0.3', '10.0.7.0/24 via 10.0.0.4']],
  ['198.51.100.1', ['0.0.0.0/0 via 192.0.2.254']],
  ['2001:db8::1', ['2001:db8::/32']],
  ['2001:db9::1', ['::/0 via fe80::1']],
])('the way to %s is that of the longest prefix', (address, expected) => {
  for (const _ of [1, 2])
    expect(
      routesTo(facts, address).map(({ prefix, via }) => `${prefix}${via === undefined ? '' : ` via ${via}`}`),
    ).toEqual(expected);
});

test('what an older portfwd wrote knows no routers', () => {
  expect(routesTo({ ...facts, routed: undefined }, '198.51.100.1')).toEqual([]);
  expect(egressOf({ ...facts, routed: undefined }, '198.51.100.1')).toBeUndefined();
  expect(egressOf(facts, '198.51.100.1')).toBe('wan0');
});

const bits = (address: string): string =>
  address
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('');

test('every length of prefix is looked for as the kernel does', () => {
  const address = '203.174.89.58';
  for (let length = 0; length <= 32; length += 1) {
    const kept = bits(address).slice(0, length).padEnd(32, '0');
    const prefix = `${(kept.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)).join('.')}/${length}`;
    const other = { prefix: '10.0.0.0/8', interface: 'lan0' };
    expect(routesTo({ ...GATEWAY, onLink: [other, { prefix, interface: 'x' }] }, address)).toEqual([
      { prefix, interface: 'x' },
    ]);
  }
});
