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
  routingUsers(family, { tables, bridges: [] });

test('a table that rewrites sources uses it, also in a chain that another one jumps to', () => {
  expect(users([NAT])).toEqual(['table ip nat rewrites the source of forwarded packets']);
  expect(users([NAT], 'ip6')).toEqual([]);
  expect(users([{ ...NAT, rules: [{ chain: 'post', expr: [{ return: null }] }] }])).toEqual([]);
  expect(users([{ ...NAT, rules: undefined }])).toHaveLength(1);
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
  expect(routingUsers('ip', { tables: [], bridges: [{ name: 'docker0', ports: 2 }] })).toEqual([
    'bridge docker0 has 2 ports',
  ]);
  expect(users(undefined)).toEqual(['the tables of other programs could not be read']);
});
