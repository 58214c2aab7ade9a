import { expect, test } from 'vitest';
import type { RouteLookup } from '../../../src/model/routing/route-lookup.ts';
import { readHeader } from '../../../src/trace/header.ts';
import { whyLost, type RoutingFacts } from '../../../src/trace/why-lost.ts';

const header = (ttl = 64) => {
  const text = `iif "wan0" ip saddr 198.51.100.7 ip daddr 10.0.0.2 ip ttl ${ttl} tcp sport 4000 tcp dport 80`;
  const read = readHeader(text);
  if (read === undefined) throw new Error('not read');
  return read;
};

const through = (name: string): RouteLookup => ({
  kind: 'unicast',
  prefix: '0.0.0.0/0',
  hops: [{ interface: name }],
  table: 'main',
});

const FACTS: RoutingFacts = {
  route: through('lan0'),
  own: through('lan0'),
  back: through('wan0'),
  rpFilter: 0,
  forwarding: { name: 'net.ipv4.conf.wan0.forwarding', on: true },
};

test.each<readonly [string, Partial<RoutingFacts>, string | undefined]>([
  ['nothing is wrong', {}, undefined],
  [
    'strict rp_filter',
    { route: { kind: 'refused-source' }, back: through('wan1'), rpFilter: 1 },
    'rp_filter is strict on wan0, and the route to 198.51.100.7 goes out through wan1',
  ],
  [
    'strict rp_filter without a route back',
    { route: { kind: 'refused-source' }, back: { kind: 'none' }, rpFilter: 1 },
    'rp_filter is strict on wan0, and this host has no route to 198.51.100.7',
  ],
  [
    'another reason although rp_filter is strict',
    { route: { kind: 'refused-source' }, rpFilter: 1 },
    'the kernel refuses packets from 198.51.100.7 that come in through wan0',
  ],
  [
    'an own address as source',
    { route: { kind: 'refused-source' }, back: { kind: 'local', prefix: '198.51.100.7', hops: [], table: 'local' } },
    'its source 198.51.100.7 is an address of this host',
  ],
  [
    'a blackhole',
    { route: { kind: 'refused-source' }, own: { kind: 'blackhole' }, rpFilter: 1 },
    'the route or routing rule for 10.0.0.2 is of the type blackhole',
  ],
  [
    'no route',
    { route: { kind: 'refused-host' } },
    'the kernel has no route to 10.0.0.2 for packets that come in through wan0',
  ],
  [
    'no routing',
    { route: { kind: 'refused-host' }, forwarding: { ...FACTS.forwarding, on: false } },
    'this host does not route packets that come in through wan0: net.ipv4.conf.wan0.forwarding is 0',
  ],
  ['no answer of the kernel', { route: { kind: 'unknown' } }, undefined],
])('%s', (_, facts, expected) => {
  expect(whyLost(header(), { ...FACTS, ...facts })).toBe(expected);
});

test('a TTL of 1', () => {
  expect(whyLost(header(1), FACTS)).toBe('its TTL is 1, so no host may forward it');
});
