import { expect, test } from 'vitest';
import {
  closedBy,
  forwardingByUs,
  forwardingInterfaces,
  routingGaps,
} from '../../../../src/model/routing/forwarding.ts';
import type { HostFacts } from '../../../../src/model/host-facts.ts';
import { parseHostFacts } from '../../../../src/parse/host-facts.ts';
import { fileOf, GATEWAY, modelOf } from '../../../support/model.ts';

/** `wan0 lan0` forward, the others of these three do not. */
const facts = (forwarding: string, all = false): HostFacts => ({
  ...GATEWAY,
  addresses: [...GATEWAY.addresses, { interface: 'dmz.7', address: '10.9.0.1', prefixLength: 24 }],
  forwarding: {
    ip: all,
    ip6: false,
    interfaces: ['lo', 'wan0', 'lan0', 'dmz.7', 'port1'].map((name) => ({
      interface: name,
      ip: forwarding.split(' ').includes(name),
    })),
  },
});

const closed = (item: string, host: HostFacts): string[] => closedBy(routingGaps(modelOf(fileOf(item)), host));

const ANY = '"6000:10.0.0.2:5000"';
const ON_WAN = '{listen: 6000, target: "10.0.0.2:5000", interface: wan0}';

test('the interface of the clients and the one of the target count, not the value for the whole host', () => {
  expect(closed(ANY, facts('wan0 lan0 dmz.7'))).toEqual([]);
  expect(closed(ANY, facts('wan0 lan0', true))).toEqual(['dmz.7']);
  expect(closed(ANY, facts('lan0 dmz.7', true))).toEqual(['wan0']);
  expect(closed(ON_WAN, facts('wan0 lan0'))).toEqual([]);
  expect(closed(ON_WAN, facts('wan0', true))).toEqual(['lan0']);
  expect(closed(ON_WAN, facts('', true))).toEqual(['wan0', 'lan0']);
});

test('a target on this host needs no interface', () => {
  expect(closed('"6000:10.0.0.1:5000"', facts(''))).toEqual([]);
});

test('a pattern covers the interfaces that exist, and a name that does not exist is judged by the whole host', () => {
  const pattern = '{listen: 6000, target: "10.0.0.2:5000", interface: "dmz*", wildcard: true}';
  expect(closed(pattern, facts('lan0', true))).toEqual(['dmz.7']);
  const absent = '{listen: 6000, target: "10.0.0.2:5000", interface: ppp0}';
  expect(closed(absent, facts('lan0', true))).toEqual([]);
  expect(closed(absent, facts('lan0', false))).toEqual(['ppp0']);
});

test('IPv6 is one value for the host, unless an interface is forced to forward', () => {
  const model = modelOf(fileOf('"[::]:443:[2001:db8::2]"'));
  expect(routingGaps(model, facts('wan0 lan0', true))).toHaveLength(1);
  const forced = { interface: 'lan0', ip: false, ip6: true };
  expect(routingGaps(model, { ...GATEWAY, forwarding: { ip: false, ip6: false, interfaces: [forced] } })).toEqual([]);
});

test('facts of an older portfwd have one value for each family', () => {
  expect(routingGaps(modelOf(fileOf(ANY)), GATEWAY)).toEqual([]);
  expect(routingGaps(modelOf(fileOf(ANY)), { ...GATEWAY, forwarding: { ip: false, ip6: false } })).toHaveLength(1);
});

test('what forwarded without portfwd is known by interface', () => {
  expect(forwardingInterfaces(facts('lo lan0 dmz.7'), 'ip')).toEqual(['lan0', 'dmz.7']);
  expect(forwardingInterfaces(GATEWAY, 'ip')).toEqual([]);
});

test('portfwd turns on only what is missing, and only where it was asked to', () => {
  const asked = modelOf(`forwarding: enable\n${fileOf(ANY)}`);
  expect(forwardingByUs(asked, facts('wan0 lan0 dmz.7'))).toEqual([]);
  expect(forwardingByUs(asked, facts('wan0', true))).toEqual(['ip']);
  expect(forwardingByUs(modelOf(fileOf(ANY)), facts(''))).toEqual([]);
});

test('the interfaces are written and read with the other facts', () => {
  const host = facts('wan0');
  expect(parseHostFacts(JSON.stringify(host))).toEqual(host);
});
