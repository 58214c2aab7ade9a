import { expect, test } from 'vitest';
import { openedBy } from '../../../src/apply/boot/firewall-watch.ts';
import { publishedSysctls, routeLocalnet } from '../../../src/apply/sysctls/route-localnet.ts';
import { enabledForwards } from '../../../src/model/model.ts';
import { fileOf, GATEWAY, modelOf } from '../../support/model.ts';

const pathsOf = (item: string, values: Readonly<Record<string, string>> = {}): string[] =>
  publishedSysctls(enabledForwards(modelOf(fileOf(item))), GATEWAY, (path) => values[path]).map(([path]) =>
    path.replace('net/ipv4/conf/', '').replace('/route_localnet', ''),
  );

const APP = '{listen: 6000, target: "127.0.0.1:5000", loopback: true}';
const named = (names: string): string => APP.replace('loopback', `interface: ${names}, loopback`);

test.each<[string, string, string[]]>([
  ['every interface, and those that come later', APP, ['*', 'default']],
  ['the named one, and the uplink through which answers leave', named('wg0'), ['wg0', 'wan0', 'default']],
  ['a pattern', named('"ppp*", wildcard: true'), ['ppp*', 'wan0', 'default']],
  ['a listen in 127.0.0.0/8 needs none', APP.replace('6000', '"127.0.0.2:80"'), []],
  ['a target on another host needs none of these', APP.replace('127.0.0.1', '10.0.0.2'), []],
])('%s', (_, item, expected) => {
  expect(pathsOf(item)).toEqual(expected);
});

/** As a kernel has them in the initial network namespace only. */
const INITIAL = { 'net/core/netdev_max_backlog': '1000' };

test.each([
  ['of which every new namespace inherits', '0', ['*']],
  ['of which every new namespace inherits IPv6 too', '1', ['*']],
  ['of which none inherits', '2', ['*', 'default']],
  ['of which the children inherit', '3', ['*']],
])('`default` is not set in the initial network namespace, %s', (_, mode, expected) => {
  expect(pathsOf(APP, { ...INITIAL, 'net/core/devconf_inherit_init_net': mode })).toEqual(expected);
});

test.each<[string, Record<string, string>, string[]]>([
  ['an interface that portfwd opened', { eth0: '0' }, ['*']],
  ['none, since another program had opened it', { eth0: '1' }, []],
  ['none', {}, []],
])('a pattern is watched where portfwd opened an interface: %s', (_, saved, expected) => {
  const values = Object.fromEntries(Object.entries(saved).map(([link, was]) => [routeLocalnet(link), was]));
  expect(openedBy([[routeLocalnet('*'), '1']], values).map(({ path }) => path)).toEqual(expected.map(routeLocalnet));
});
