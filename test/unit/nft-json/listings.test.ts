import { describe, expect, test } from 'vitest';
import { elementsOf } from '../../../src/nft-json/elements.ts';
import { fieldText } from '../../../src/nft-json/field-text.ts';
import { bodiesOf, readListing, soleEntry, type Json } from '../../../src/nft-json/objects.ts';
import { valuesOf, valueText } from '../../../src/nft-json/value-text.ts';
import { listing, VERSIONS } from './listing.ts';

const elements = (body: Json | undefined) => [...elementsOf(body ?? {}).values()].sort(byText);
const byText = (one: { readonly text: string }, other: { readonly text: string }) => (one.text < other.text ? -1 : 1);

describe.each(VERSIONS)('the same table as nft %s lists it', (version) => {
  const objects = listing(version);
  const named = (kind: string, name: string) => bodiesOf(objects, kind).find((body) => body['name'] === name);
  const statements = bodiesOf(objects, 'rule').flatMap(({ expr }) => (expr as readonly unknown[]).map(soleEntry));

  test('has each object, and no information about nft', () => {
    expect(objects.map(({ kind }) => kind).sort()).toEqual(
      ['table', 'set', 'map', 'map', 'chain', 'chain', 'chain', ...Array.from({ length: 23 }, () => 'rule')].sort(),
    );
    expect(named('chain', 'nat')).toMatchObject({ type: 'nat', hook: 'prerouting', prio: -100, policy: 'accept' });
  });

  test('has the elements of its sets and maps', () => {
    expect(elements(named('set', 'ok'))).toMatchObject([{ text: '22' }, { text: '8000-8100', data: undefined }]);
    expect(elements(named('map', 'tgt'))).toEqual([
      { parts: ['tcp', 80], text: 'tcp . 80', comment: 'web', data: '10.0.0.2' },
      { parts: ['udp', 53], text: 'udp . 53', comment: undefined, data: '10.0.0.3' },
    ]);
    expect(elements(named('map', 'rng')).map(({ text }) => text)).toEqual(['10.1.0.0/16 . tcp . 9000-9004']);
  });

  test('has the matches of its rules', () => {
    const texts = bodiesOf(statements, 'match').map(({ left, right }) => {
      const field = fieldText(left);
      return `${field} ${valueText(right, field)}`;
    });
    expect(texts).toEqual([
      'ct state established,related',
      'ct state new',
      'ct state { established, related }',
      'ct status dnat',
      'iif lo',
      'iifname { eth0, eth1 }',
      'oifname eth0',
      'ip daddr 10.0.0.0/24',
      'ip saddr 192.0.2.1-192.0.2.9',
      'tcp dport @ok',
      'meta l4proto { tcp, udp }',
      'th dport { 53, 8000-8100 }',
      'meta nfproto ipv6',
      'fib daddr type local',
      'fib saddr . iif oif false',
      'tcp flags & (1 | 2 | 4 | 16) 2',
      'ct original ip daddr 10.9.0.1',
      'meta l4proto { tcp, udp }',
      'tcp dport 82',
      'meta l4proto tcp',
    ]);
  });

  test('has lookups in maps', () => {
    const maps = bodiesOf(statements, 'dnat').flatMap(({ addr }) => bodiesOf([soleEntry(addr)], 'map'));
    expect(maps.map(({ key, data }) => `${fieldText(key)} ${valuesOf(data)?.join() ?? 'not known'}`)).toEqual([
      'meta l4proto . th dport not known',
      'tcp dport 80,10.0.0.2,81,10.0.0.3',
    ]);
  });
});

test('a listing can be empty, or something else', () => {
  expect(readListing('')).toEqual([]);
  expect(readListing('{"nftables": [{"metainfo": {"version": "0.9.8"}}]}')).toEqual([]);
  expect(readListing('{"error": "no"}')).toBeUndefined();
  expect(readListing('Error: syntax error')).toBeUndefined();
});

test.each([
  [22, ['22']],
  ['lo', ['lo']],
  [
    ['established', 'new'],
    ['established', 'new'],
  ],
  [{ set: [22, { range: [80, 90] }] }, ['22', '80-90']],
  [{ set: [{ elem: { val: 22, comment: 'ssh' } }] }, ['22']],
  [{ prefix: { addr: '2001:db8::', len: 32 } }, ['2001:db8::/32']],
  ['@ok', undefined],
  [{ set: [22, { concat: ['tcp', 22] }] }, undefined],
  [{ numgen: { mode: 'inc', mod: 2 } }, undefined],
])('the values of %j', (value, values) => {
  expect(valuesOf(value)).toEqual(values);
});
