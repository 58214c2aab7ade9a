import { expect, test } from 'vitest';
import { isBroadcast, isLocal, type HostFacts } from '../../../src/model/host-facts.ts';
import { parseHostFacts } from '../../../src/parse/host-facts.ts';
import { GATEWAY } from '../../support/model.ts';

const parse = (over: object): HostFacts | undefined => parseHostFacts(JSON.stringify({ ...GATEWAY, ...over }));
const onLink = (prefix: string): HostFacts | undefined => parse({ onLink: [{ prefix, interface: 'eth0' }] });

test('what was written is read', () => {
  expect(parse({})).toEqual(GATEWAY);
});

test.each([
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.0.0.4/30',
  '10.0.0.5/32',
  '::/0',
  '2001:db8::/32',
  'fe80::/10',
  '2001:db8::1/128',
])('the prefix %s is taken', (prefix) => {
  expect(onLink(prefix)?.onLink[0]?.prefix).toBe(prefix);
});

test.each([
  '10.0.0.5/24',
  '10.0.0.0/33',
  '10.0.0.0/024',
  '10.0.0.0/',
  '10.0.0.0',
  '10.0.0/8',
  '010.0.0.0/8',
  'localhost/8',
  '10.0.0.0/8/8',
  '2001:db8::1/64',
  '2001:DB8::/32',
  '2001:db8::/129',
  'fe80::%eth0/64',
  '',
])('the prefix %j is refused', (prefix) => {
  expect(onLink(prefix)).toBeUndefined();
});

test.each([
  { version: 2 },
  { addresses: [{ interface: 'eth0', address: '010.0.0.1', prefixLength: 24 }] },
  { addresses: [{ interface: 'eth0', address: '10.0.0.1', prefixLength: 24, broadcast: 'all' }] },
  { addresses: {} },
  { more: 1 },
])('%j is refused', (over) => {
  expect(parse(over)).toBeUndefined();
});

test.each<[string, boolean]>([
  ['{"prefix": "10.7.0.0/24", "via": "10.0.0.3", "interface": "lan0"}', true],
  ['{"prefix": "0.0.0.0/0", "via": "10.0.0.3", "interface": "lan0"}', true],
  ['{"prefix": "10.7.0.1/24", "via": "10.0.0.3", "interface": "lan0"}', false],
  ['{"prefix": "10.7.0.0/24", "via": "router", "interface": "lan0"}', false],
  ['{"prefix": "10.7.0.0/24", "interface": "lan0"}', false],
])('the route %s is taken: %s', (route, taken) => {
  expect(parse({ routed: [JSON.parse(route)] }) !== undefined).toBe(taken);
});

test.each(['', '{', 'null', '[]', '{"__proto__": {"version": 1}}'])('%j is refused as host facts', (text) => {
  expect(parseHostFacts(text)).toBeUndefined();
});

test('local and broadcast are told from the facts', () => {
  expect(['10.0.0.1', '127.9.9.9', '2001:db8::1', '10.0.0.2'].map((address) => isLocal(GATEWAY, address))).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(['10.0.0.255', '10.0.0.2'].map((address) => isBroadcast(GATEWAY, address))).toEqual([true, false]);
});

test.each([
  ['10.0.0.1', 24, '10.0.0.255', true],
  ['10.0.0.1', 24, '10.0.1.255', false],
  ['10.0.0.1', 20, '10.0.15.255', true],
  ['10.0.0.1', 20, '10.0.0.255', false],
  ['10.0.0.1', 30, '10.0.0.3', true],
  ['10.0.0.2', 31, '10.0.0.3', false],
  ['10.0.0.1', 32, '10.0.0.1', false],
  ['10.0.0.255', 24, '10.0.0.255', false],
  ['2001:db8::1', 30, '2001:db8::ff', false],
])('%s/%i without a broadcast address set: %s is one: %s', (address, prefixLength, asked, expected) => {
  expect(isBroadcast({ ...GATEWAY, addresses: [{ interface: 'lan0', address, prefixLength }] }, asked)).toBe(expected);
});
