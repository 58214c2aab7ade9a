import { expect, test } from 'vitest';
import { arrivingOn } from '../../../src/explain/arrival.ts';
import { GATEWAY } from '../../support/model.ts';
import { link } from '../../support/observations.ts';

const LINKS = [
  link('wan0', { kind: 'macvlan', parent: 'up0' }),
  link('lan0', { kind: 'bridge' }),
  link('up0'),
  link('eth0', { master: 'lan0', portOf: 'bridge' }),
  link('blue', { kind: 'vrf' }),
  link('eth1', { master: 'blue', portOf: 'vrf' }),
  link('red', { kind: 'vrf' }),
  link('eth2', { master: 'red', portOf: 'vrf' }),
  link('eth3', { master: 'red', portOf: 'vrf' }),
  link('eth4', { state: 'down' }),
  link('dummy0', { kind: 'dummy' }),
];

const at = (name: string, destination = '10.0.0.1') => arrivingOn(name, destination, LINKS, GATEWAY);

test.each([
  ['an interface of its own', at('up0'), { interface: 'up0' }],
  ['a name that the list does not have', at('tun9'), { interface: 'tun9' }],
  [
    'a bridge port',
    at('eth0'),
    { interface: 'lan0', note: 'eth0 is a port of the bridge lan0, and packets arrive on lan0' },
  ],
  [
    'an address of a macvlan',
    at('up0', '192.0.2.1'),
    {
      interface: 'wan0',
      note: '192.0.2.1 is an address of wan0, a macvlan of up0: the packet arrives on wan0',
    },
  ],
  [
    'a VRF with one member',
    at('blue'),
    {
      interface: 'eth1',
      note: 'blue is a VRF, and packets are translated under the name of the member that they arrive on',
    },
  ],
  ['a member of a VRF', at('eth2'), { interface: 'eth2' }],
  ['an interface that is down', at('eth4'), { interface: 'eth4', note: 'eth4 is down: no packet arrives now' }],
])('%s', (_, arriving, expected) => {
  expect(arriving).toEqual(expected);
});

test('where it cannot be told, the interfaces to choose from are named', () => {
  expect(at('red')).toBe(
    '--interface: red is a VRF, and packets are translated under the name of the member that they arrive on; write eth2 or eth3',
  );
  expect(at('dummy0')).toBe(
    '--interface: dummy0 is a dummy interface, and no packets arrive on it; write the interface that packets arrive on',
  );
});
