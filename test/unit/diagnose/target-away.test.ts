import { expect, test } from 'vitest';
import { targetsAway } from '../../../src/model/routing/target-away.ts';
import type { HostFacts } from '../../../src/model/host-facts.ts';
import { GATEWAY } from '../../support/model.ts';
import { codesOf, diagnosed, link } from '../../support/observations.ts';

const LINKS = [link('wan0'), link('lan0')];

/** The gateway with a default route through `via`, and other addresses of wan0. */
const host = (via: string, addresses: readonly string[], more: Partial<HostFacts> = {}): HostFacts => ({
  ...GATEWAY,
  addresses: [
    ...GATEWAY.addresses.filter((entry) => entry.interface !== 'wan0'),
    ...addresses.map((address) => ({ interface: 'wan0', address, prefixLength: address.includes(':') ? 64 : 24 })),
  ],
  onLink: GATEWAY.onLink.filter((route) => route.interface !== 'wan0'),
  routed: [{ prefix: via.includes(':') ? '::/0' : '0.0.0.0/0', via, interface: 'wan0' }],
  ...more,
});

const why = (facts: HostFacts, target: string, links = LINKS): string | undefined =>
  targetsAway(facts, links)(target)?.kind;

test.each([
  ['a router with a public address', '192.0.2.9', ['192.0.2.1'], '10.8.0.2', 'provider'],
  ['a private router, and a public address of this host', '172.31.1.1', ['192.0.2.1'], '10.8.0.2', 'provider'],
  ['carrier-grade NAT, as overlay networks use it', '192.0.2.9', ['192.0.2.1'], '100.64.7.7', 'provider'],
  ['a router and a host with private addresses', '192.168.1.1', ['192.168.1.5'], '10.8.0.2', undefined],
  ['a target with a public address', '192.0.2.9', ['192.0.2.1'], '198.51.100.9', undefined],
  ['IPv6, with a public address of this host', 'fe80::1', ['2001:db8:1::1', 'fe80::5'], 'fd00:8::2', 'provider'],
  ['IPv6, without one', 'fe80::1', ['fd00:1::1', 'fe80::5'], 'fd00:8::2', undefined],
])('a private target and only the default route: %s', (_, via, addresses, target, kind) => {
  expect(why(host(via, addresses), target)).toBe(kind);
});

test('the state of the interface, and its subnet', () => {
  const facts = host('192.0.2.9', ['192.0.2.1']);
  expect(why(facts, '10.0.0.9')).toBeUndefined();
  expect(why(facts, '10.0.0.9', [link('wan0'), link('lan0', { state: 'no-carrier' })])).toBe('link');
  const withoutRoutes = { ...facts, onLink: [] };
  expect(why(withoutRoutes, '10.0.0.9', [link('wan0'), link('lan0', { state: 'down' })])).toBe('subnet');
});

test('the kernel has no route, but not if there is a VRF', () => {
  const facts = host('192.0.2.9', ['192.0.2.1'], { lookups: { '198.51.100.9': { kind: 'none' } } });
  expect(why(facts, '198.51.100.9')).toBe('no-route');
  expect(why(facts, '198.51.100.9', [...LINKS, link('blue', { kind: 'vrf' })])).toBeUndefined();
  const asked = { ...facts, lookups: { '198.51.100.9': { kind: 'unknown' } } } as const;
  expect(why({ ...asked, routed: [] }, '198.51.100.9')).toBeUndefined();
});

test('a target on this host is never away', () => {
  expect(codesOf(diagnosed(['"80:10.0.0.1:8080"'], { links: [link('lan0', { state: 'down' })] }))).toEqual([]);
});
