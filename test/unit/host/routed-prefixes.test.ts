import { expect, test } from 'vitest';
import { routedPrefixes } from '../../../src/host/observe/routing/routes.ts';

test('routes through routers are read as ip prints them', () => {
  const routes = [
    { dst: 'default', gateway: '192.0.2.254', dev: 'wan0', metric: 200 },
    { dst: 'default', gateway: '10.0.0.9', dev: 'lan0', metric: 100 },
    { dst: '10.0.0.0/24', dev: 'lan0', scope: 'link' },
    { dst: '10.7.0.0/24', gateway: '10.0.0.3', dev: 'lan0' },
    { dst: '10.8.0.1', gateway: '10.0.0.4', dev: 'lan0' },
    {
      dst: '10.9.0.0/16',
      nexthops: [{ gateway: '10.0.0.3', dev: 'lan0' }, { dev: 'tun0' }, { gateway: '192.0.2.9', dev: 'wan0' }],
    },
    { dst: '10.10.0.0/16', via: { family: 'inet6', host: 'fe80::1' }, dev: 'wan0' },
    { type: 'blackhole', dst: '10.11.0.0/16' },
  ];
  expect(routedPrefixes(routes, 'ip')).toEqual([
    { prefix: '0.0.0.0/0', via: '10.0.0.9', interface: 'lan0' },
    { prefix: '10.7.0.0/24', via: '10.0.0.3', interface: 'lan0' },
    { prefix: '10.8.0.1/32', via: '10.0.0.4', interface: 'lan0' },
    { prefix: '10.9.0.0/16', via: '10.0.0.3', interface: 'lan0' },
    { prefix: '10.9.0.0/16', via: '192.0.2.9', interface: 'wan0' },
  ]);
  expect(routedPrefixes([{ dst: 'default', gateway: 'fe80::1', dev: 'wan0', metric: 1024 }], 'ip6')).toEqual([
    { prefix: '::/0', via: 'fe80::1', interface: 'wan0' },
  ]);
});
