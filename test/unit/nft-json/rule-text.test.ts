import { expect, test } from 'vitest';
import { ruleText } from '../../../src/nft-json/rule-text.ts';
import { bodiesOf } from '../../../src/nft-json/objects.ts';
import { listing, VERSIONS } from './listing.ts';

/** As nft -j -n lists it. */
const SHUT_OUT = [
  { match: { op: '==', left: { meta: { key: 'nfproto' } }, right: 10 } },
  { match: { op: '==', left: { meta: { key: 'l4proto' } }, right: 6 } },
  {
    match: {
      op: '==',
      left: { concat: [{ meta: { key: 'l4proto' } }, { payload: { protocol: 'th', field: 'dport' } }] },
      right: '@pf_restricted6',
    },
  },
  { drop: null },
];

test('numbers that mean words are printed as words', () => {
  expect(ruleText({ expr: SHUT_OUT })).toBe(
    'meta nfproto ipv6 meta l4proto tcp meta l4proto . th dport @pf_restricted6 drop',
  );
});

test('the rules of mss: clamp are in the syntax of nft', () => {
  const flags = { '&': [{ payload: { protocol: 'tcp', field: 'flags' } }, ['syn', 'rst']] };
  const mangle = { key: { 'tcp option': { name: 'maxseg', field: 'size' } }, value: { rt: { key: 'mtu' } } };
  expect(ruleText({ expr: [{ match: { op: '==', left: flags, right: 'syn' } }, { mangle }] })).toBe(
    'tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu',
  );
});

test('the prefix of a client is in the syntax of nft', () => {
  const saddr = { '&': [{ payload: { protocol: 'ip', field: 'saddr' } }, '255.255.255.0'] };
  const left = { concat: [saddr, { payload: { protocol: 'ip', field: 'daddr' } }] };
  expect(ruleText({ expr: [{ match: { op: '==', left, right: '@pf_same24_4' } }, { return: null }] })).toBe(
    'ip saddr & 255.255.255.0 . ip daddr @pf_same24_4 return',
  );
});

test('a statement that is not known stays JSON, and a comment is quoted', () => {
  expect(ruleText({ expr: [{ log: { prefix: 'a "b"' } }, { masquerade: null }], comment: 'say "hello"' })).toBe(
    'log prefix "a \\"b\\"" masquerade comment "say \\"hello\\""',
  );
});

test('a port of an IPv6 address stands outside brackets', () => {
  expect(ruleText({ expr: [{ dnat: { addr: '2001:db8::2', port: 80 } }] })).toBe('dnat to [2001:db8::2]:80');
  expect(ruleText({ expr: [{ dnat: { port: 80 } }] })).toBe('dnat to :80');
});

const EXPECTED = [
  'return',
  'ct state established,related accept',
  'ct state new counter jump sub',
  'ct state { established, related } accept',
  'ct state vmap { invalid : drop, established : accept, new : jump sub }',
  'ct status dnat accept',
  'iif lo accept',
  'iifname { eth0, eth1 } accept',
  'oifname eth0 ip daddr 10.0.0.0/24 accept',
  'ip saddr != 192.0.2.1-192.0.2.9 drop',
  'tcp dport != @ok drop',
  'meta l4proto { tcp, udp } th dport { 53, 8000-8100 } goto sub',
  'meta nfproto ipv6 accept',
  'fib daddr type local accept',
  'fib saddr . iif oif false drop',
  'tcp flags & (1 | 2 | 4 | 16) != 2 return',
  'ct original ip daddr 10.9.0.1 accept',
  expect.stringMatching(/^\{"limit":\{.*\}\} accept$/),
  'reject',
  'meta l4proto { tcp, udp } dnat ip to meta l4proto . th dport map @tgt',
  'dnat ip to tcp dport map { 80 : 10.0.0.2, 81 : 10.0.0.3 }',
  'tcp dport 82 redirect to :8082',
  'meta l4proto tcp dnat ip to 10.0.0.2:5000',
];

test.each(VERSIONS)('the rules of a table as nft %s lists it', (version) => {
  expect(bodiesOf(listing(version), 'rule').map(ruleText)).toEqual(EXPECTED);
});
