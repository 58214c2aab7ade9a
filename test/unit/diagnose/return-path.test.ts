import { expect, test } from 'vitest';
import { diagnoseReturnPath } from '../../../src/diagnose/return-path.ts';
import { hostBindingsOf } from '../../../src/diagnose/binding.ts';
import { fileOf, GATEWAY, modelOf } from '../../support/model.ts';

const FACTS = {
  ...GATEWAY,
  routed: [
    { prefix: '0.0.0.0/0', via: '192.0.2.254', interface: 'wan0' },
    { prefix: '10.9.0.0/16', via: '10.0.0.3', interface: 'lan0' },
  ],
};

const found = (...items: readonly string[]) =>
  diagnoseReturnPath(hostBindingsOf(modelOf(fileOf(...items)), FACTS), FACTS);

test('targets that only the default route leads to are told in one warning', () => {
  expect(
    found('"80:198.51.100.9:8080"', '{name: dns, protocol: [tcp, udp], listen: 53, target: 198.51.100.10}'),
  ).toEqual([
    {
      code: 'host/return-path',
      message:
        'only the default route, by way of 192.0.2.254, leads to the target of the forwards tcp-80 and dns: its answers to clients from there may not pass this host, and then they get none',
      remedy: 'add masquerade: always; or masquerade: never where the target routes its answers through this host',
      path: ['forwards', 0, 'listen'],
    },
  ]);
});

test.each([
  ['the target is a neighbour', '"80:10.0.0.9"'],
  ['another route leads there', '"80:10.9.1.2"'],
  ['the source is rewritten', '{listen: 80, target: 198.51.100.9, masquerade: always}'],
  ['somebody knows better', '{listen: 80, target: 198.51.100.9, masquerade: never}'],
  ['the clients come in elsewhere', '{listen: 80, target: 198.51.100.9, interface: lan0}'],
  ['it is for this host alone', '{listen: "127.0.0.2:80", target: 198.51.100.9, loopback: true}'],
  ['it is switched off', '{listen: 80, target: 198.51.100.9, enabled: false}'],
])('no word of it where %s', (_, item) => {
  expect(found(item)).toEqual([]);
});

test('an interface that may be the one of the route counts', () => {
  expect(found('{listen: 80, target: 198.51.100.9, interface: "wan*", wildcard: true}')).toHaveLength(1);
});
