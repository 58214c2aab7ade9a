import { expect, test } from 'vitest';
import type { IptablesTable, NftTable } from '../../../src/diagnose/observations.ts';
import { routingUsers } from '../../../src/diagnose/routing-users.ts';

const NAT: NftTable = {
  kind: 'nft',
  family: 'ip',
  name: 'nat',
  chains: [{ name: 'post', type: 'nat', hook: 'postrouting', priority: 100, policy: 'accept' }],
  rules: [{ chain: 'helper', expr: [{ match: {} }, { masquerade: null }] }],
};
const FILTER: NftTable = {
  kind: 'nft',
  family: 'inet',
  name: 'fw',
  chains: [{ name: 'fwd', type: 'filter', hook: 'forward', priority: 0, policy: 'accept' }],
  rules: [],
};
const IPTABLES: IptablesTable = {
  kind: 'iptables',
  family: 'ip6',
  name: 'filter',
  variant: 'legacy',
  command: 'ip6tables-legacy',
  lines: ['-P INPUT ACCEPT', '-P FORWARD DROP'],
};

const users = (tables: Parameters<typeof routingUsers>[1]['tables'], family: 'ip' | 'ip6' = 'ip') =>
  routingUsers(family, { tables, bridges: [], addresses: ['192.0.2.1'] });

const only = (match: object) =>
  users([{ ...NAT, family: 'inet', rules: [{ chain: 'post', expr: [{ match }, { masquerade: null }] }] }]);
const line = (target: string) => [`-A PREROUTING -p tcp --dport 99 -j DNAT --to-destination ${target}`];

test('a table that rewrites sources uses it, also in a chain that another one jumps to', () => {
  expect(users([NAT])).toEqual(['table ip nat rewrites the source of forwarded packets']);
  expect(users([NAT], 'ip6')).toEqual([]);
  expect(users([{ ...NAT, rules: [{ chain: 'post', expr: [{ return: null }] }] }])).toEqual([]);
  expect(users([{ ...NAT, rules: undefined }])).toHaveLength(1);
});

test('a rule for the other family does not use it', () => {
  expect(only({ op: '==', left: { meta: { key: 'nfproto' } }, right: 'ipv6' })).toEqual([]);
  expect(only({ op: '==', left: { payload: { protocol: 'ip6', field: 'saddr' } }, right: 'fd00::1' })).toEqual([]);
  expect(only({ op: '!=', left: { meta: { key: 'nfproto' } }, right: 'ipv6' })).toHaveLength(1);
  expect(only({ op: '==', left: { meta: { key: 'nfproto' } }, right: 'ipv4' })).toHaveLength(1);
});

test('a table that forwards to another host uses it, but not to an address of this host', () => {
  const chains = [{ name: 'pre', type: 'nat', hook: 'prerouting', priority: -100, policy: 'accept' }];
  const to = (dnat: object) => users([{ ...NAT, chains, rules: [{ chain: 'pre', expr: [{ dnat }] }] }]);
  expect(to({ addr: '10.0.0.2', port: 80 })).toEqual(['table ip nat forwards to another host']);
  expect(to({ addr: { map: { key: {}, data: '@targets' } } })).toHaveLength(1);
  expect(to({ addr: 'fd00::2', family: 'ip6' })).toEqual([]);
  for (const addr of ['192.0.2.1', '127.0.0.1', undefined]) expect(to({ addr, port: 80 })).toEqual([]);
  const iptables = { ...IPTABLES, name: 'nat' };
  expect(users([{ ...iptables, lines: line('[fd00::2]:80') }], 'ip6')).toHaveLength(1);
  expect(users([{ ...iptables, family: 'ip', lines: line('10.0.0.2:80') }])).toHaveLength(1);
  expect(users([{ ...iptables, family: 'ip', lines: line('192.0.2.1:80') }])).toEqual([]);
});

test('a forward chain uses it if it has rules or drops', () => {
  expect(users([FILTER])).toEqual([]);
  expect(users([{ ...FILTER, rules: [{ chain: 'other', expr: [] }] }])).toEqual([]);
  expect(users([{ ...FILTER, rules: [{ chain: 'fwd', expr: [] }] }], 'ip6')).toEqual([
    'table inet fw filters forwarded packets',
  ]);
  expect(users([{ ...FILTER, chains: FILTER.chains.map((chain) => ({ ...chain, policy: 'drop' })) }])).toHaveLength(1);
});

test('iptables-legacy is told by its name', () => {
  expect(users([IPTABLES], 'ip6')).toEqual(['ip6tables-legacy table ip6 filter filters forwarded packets']);
  expect(users([{ ...IPTABLES, lines: ['-P FORWARD ACCEPT', '-A INPUT -j DROP'] }], 'ip6')).toEqual([]);
});

test('bridges are counted, and what could not be read counts too', () => {
  expect(routingUsers('ip', { tables: [], bridges: [{ name: 'docker0', ports: 2 }], addresses: [] })).toEqual([
    'bridge docker0 has 2 ports',
  ]);
  expect(users(undefined)).toEqual(['the tables of other programs could not be read']);
});
