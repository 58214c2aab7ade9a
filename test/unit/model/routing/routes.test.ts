import { expect, test } from 'vitest';
import { egressOf, ownRoutesTo, routesTo } from '../../../../src/model/routing/routes.ts';
import { GATEWAY } from '../../../support/model.ts';

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

const unicast = (prefix: string, ...hops: { interface: string; via?: string }[]) =>
  ({ kind: 'unicast', prefix, hops, table: '52' }) as const;

test('the answer of the kernel counts more than the prefixes', () => {
  const lookups = {
    '10.0.0.2': unicast('10.0.0.0/8', { interface: 'tun0' }),
    '10.0.0.3': { kind: 'unreachable' },
    '10.0.0.4': { kind: 'unknown' },
    '10.0.0.5': unicast('10.0.0.5/32', { interface: 'lan0', via: '10.0.0.3' }, { interface: 'wan0', via: '192.0.2.9' }),
  } as const;
  const asked = { ...facts, lookups };
  expect(routesTo(asked, '10.0.0.2')).toEqual([{ prefix: '10.0.0.0/8', interface: 'tun0' }]);
  expect(routesTo(asked, '10.0.0.3')).toEqual([]);
  expect(egressOf(asked, '10.0.0.4')).toBe('lan0');
  expect(routesTo(asked, '10.0.0.5').map((route) => route.interface)).toEqual(['lan0', 'wan0']);
  expect(egressOf(asked, '10.0.0.6')).toBe('lan0');
});

test('packets of clients can have another route than those of the host', () => {
  const lookups = { '10.0.0.2': unicast('0.0.0.0/0', { interface: 'wan0', via: '192.0.2.254' }) };
  const forwarded = { '10.0.0.2': unicast('10.0.0.0/24', { interface: 'lan5' }) };
  expect(egressOf({ ...facts, lookups, forwarded }, '10.0.0.2')).toBe('lan5');
  expect(ownRoutesTo({ ...facts, lookups, forwarded }, '10.0.0.2')[0]?.interface).toBe('wan0');
});
