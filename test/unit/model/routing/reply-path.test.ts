import { expect, test } from 'vitest';
import { replyPathOf, sharedSubnet } from '../../../../src/model/routing/reply-path.ts';
import { GATEWAY } from '../../../support/model.ts';

const facts = {
  ...GATEWAY,
  onLink: [
    ...GATEWAY.onLink,
    { prefix: '10.1.0.0/24', interface: 'lan0' },
    { prefix: '10.8.5.0/24', interface: 'lan1' },
    { prefix: 'fe80::/64', interface: 'lan0' },
  ],
  routed: [
    { prefix: '0.0.0.0/0', via: '192.0.2.254', interface: 'wan0' },
    { prefix: '10.8.0.0/16', via: '10.0.0.3', interface: 'lan0' },
    { prefix: '10.8.6.0/24', via: '10.0.0.3', interface: 'lan0' },
    { prefix: '10.8.7.0/24', via: '10.0.0.4', interface: 'lan0' },
    { prefix: '10.9.0.0/16', via: '10.0.0.3', interface: 'lan0' },
    { prefix: '10.9.0.0/16', via: '192.0.2.9', interface: 'wan0' },
    { prefix: '10.10.0.0/16', via: '172.31.1.1', interface: 'wan0' },
    { prefix: '2001:db8:8::/48', via: 'fe80::3', interface: 'lan0' },
  ],
};

test.each([
  ['10.0.0.2', '10.0.0.0/24', [], []],
  ['10.8.1.2', '10.8.0.0/16', ['10.0.0.0/24'], ['10.8.5.0/24', '10.8.7.0/24']],
  ['10.8.6.2', '10.8.0.0/16', ['10.0.0.0/24'], ['10.8.5.0/24', '10.8.7.0/24']],
  ['10.9.1.2', '10.9.0.0/16', ['10.0.0.0/24', '192.0.2.0/24'], []],
  ['10.10.1.2', '10.10.0.0/16', [], []],
  ['2001:db8:8::2', '2001:db8:8::/48', ['2001:db8::/64'], []],
  ['198.51.100.9', undefined, ['192.0.2.0/24'], []],
])('around %s', (address, subnet, links, exceptions) => {
  expect(replyPathOf(facts, address)).toMatchObject({ subnet, links, exceptions });
});

test('without a route nothing is known', () => {
  expect(replyPathOf(facts, '2001:db9::1')).toBeUndefined();
});

test.each([
  ['10.0.0.2', '10.0.0.9', '10.0.0.0/24'],
  ['10.0.0.2', '10.1.0.9', undefined],
  ['10.8.1.2', '10.0.0.9', '10.0.0.0/24'],
  ['10.8.1.2', '10.8.1.9', '10.8.0.0/16'],
  ['10.8.1.2', '10.8.6.9', '10.8.0.0/16'],
  ['10.8.1.2', '10.8.5.9', undefined],
  ['10.8.1.2', '10.1.0.9', undefined],
  ['198.51.100.9', '192.0.2.9', '192.0.2.0/24'],
  ['198.51.100.9', '198.51.100.10', undefined],
])('the subnet by which %s answers %s past this host', (target, client, expected) => {
  const path = replyPathOf(facts, target);
  expect(path && sharedSubnet(path, client)).toBe(expected);
});

const asked = {
  ...facts,
  onLink: [
    ...facts.onLink,
    { prefix: '10.0.0.5/32', interface: 'lan0' },
    { prefix: '10.0.0.6/32', interface: 'veth0' },
    { prefix: '10.0.0.0/16', interface: 'lan0' },
    { prefix: '10.0.0.0/8', interface: 'tun0' },
  ],
  lookups: {
    '10.0.0.5': { kind: 'unicast', prefix: '10.0.0.5/32', hops: [{ interface: 'lan0' }], table: 'main' },
    '10.0.0.6': { kind: 'unicast', prefix: '10.0.0.6/32', hops: [{ interface: 'veth0' }], table: 'main' },
    '10.0.0.7': { kind: 'unicast', prefix: '10.0.0.7/32', hops: [{ interface: 'lan0', via: '10.0.0.9' }], table: '52' },
    '10.9.0.2': {
      kind: 'unicast',
      prefix: '10.9.0.0/16',
      hops: [
        { interface: 'lan0', via: '10.0.0.9' },
        { interface: 'wan0', via: '192.0.2.9' },
      ],
      table: 'main',
    },
    '10.1.0.2': { kind: 'blackhole' },
  },
} as const;

test.each([
  ['a host route beside the subnets of its link', '10.0.0.5', { routed: false, subnet: '10.0.0.0/16', links: [] }],
  ['a host route on another link', '10.0.0.6', { routed: false, subnet: '10.0.0.6/32', links: [] }],
  [
    'a host route via a router on the link',
    '10.0.0.7',
    { routed: true, subnet: '10.0.0.7/32', links: ['10.0.0.0/16'] },
  ],
  ['two next hops', '10.9.0.2', { routed: true, subnet: '10.9.0.0/16', links: ['10.0.0.0/16', '192.0.2.0/24'] }],
])('the kernel says how the host reaches the target: %s', (_, target, expected) => {
  expect(replyPathOf(asked, target)).toMatchObject(expected);
});

test('without a usable route there is no reply path', () => {
  expect(replyPathOf(asked, '10.1.0.2')).toBeUndefined();
});

test('routing rules for clients decide who is a neighbour', () => {
  const neighbours = { '10.0.0.5': [], '10.0.0.7': ['10.1.0.0/24'], '10.9.0.2': ['10.0.0.0/16'] };
  expect(replyPathOf({ ...asked, neighbours }, '10.0.0.5')?.subnet).toBeUndefined();
  expect(replyPathOf({ ...asked, neighbours }, '10.0.0.7')?.links).toEqual(['10.1.0.0/24']);
  expect(replyPathOf({ ...asked, neighbours }, '10.9.0.2')?.links).toEqual(['10.0.0.0/16']);
});
