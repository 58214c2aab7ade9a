import { expect, test } from 'vitest';
import { diagnose } from '../../../src/diagnose/diagnose.ts';
import type { RouteLookup } from '../../../src/model/routing/route-lookup.ts';
import { fileOf, GATEWAY, modelOf } from '../../support/model.ts';
import { iptables, link, QUIET } from '../../support/observations.ts';

const LINKS = [link('wan0'), link('lan0', { mtu: 1380 }), link('wg0', { kind: 'wireguard', pointToPoint: true })];

const UPLINKS = [{ family: 'ip', interface: 'lan0', router: '198.51.100.254' }] as const;

/** How often the rules of another table, and the answers of the kernel, are read for so many forwards. */
function reads(forwards: number, route: RouteLookup): { readonly rules: number; readonly answers: number } {
  const counts = { rules: 0, answers: 0 };
  const targets = Array.from({ length: forwards }, (_, index) => `198.51.100.${index}`);
  const answers = new Map(targets.map((target) => [target, route] as const));
  const lookups = new Proxy<Record<string, RouteLookup>>(
    {},
    { get: (_, target) => ((counts.answers += 1), answers.get(String(target))) },
  );
  const nat = iptables([], { name: 'nat' });
  const counted = {
    ...nat,
    get lines() {
      counts.rules += 1;
      return nat.lines;
    },
  };
  const routed = [{ prefix: '0.0.0.0/0', via: '192.0.2.254', interface: 'wan0' }];
  const model = modelOf(fileOf(...targets.map((target, index) => `"${index + 1}:${target}:80"`)));
  diagnose(
    model,
    { ...GATEWAY, routed, uplinks: ['wan0'], lookups },
    { ...QUIET, links: LINKS, tables: [counted], replies: { uplinks: UPLINKS, routes: [] } },
  );
  return counts;
}

const through = (prefix: string, name: string, via?: string): RouteLookup => ({
  kind: 'unicast',
  prefix,
  hops: [{ interface: name, ...(via === undefined ? {} : { via }) }],
  table: 'main',
});

test.each([
  ['on the link of an uplink', through('198.51.100.0/24', 'lan0')],
  ['behind the default router', through('0.0.0.0/0', 'wan0', '192.0.2.254')],
  ['behind a tunnel', through('198.51.100.0/24', 'wg0')],
])('for many targets %s, rules are read no more often than for two', (_, route) => {
  expect(reads(100, route).rules).toBe(reads(2, route).rules);
});

test('the answers of the kernel are read a few times for each target', () => {
  const route = through('198.51.100.0/24', 'lan0');
  expect(reads(100, route).answers - reads(50, route).answers).toBeLessThanOrEqual(4 * 50);
});
