import { expect, test } from 'vitest';
import { diagnoseDefaultRoute } from '../../../src/diagnose/replies/default-route.ts';
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
  diagnoseDefaultRoute(hostBindingsOf(modelOf(fileOf(...items)), FACTS), { tables: [] });

test('targets behind the default router have one warning', () => {
  expect(
    found('"80:198.51.100.9:8080"', '{name: dns, protocol: [tcp, udp], listen: 53, target: 198.51.100.10}'),
  ).toEqual([
    {
      code: 'host/return-path',
      message:
        'the target of forwards tcp-80 and dns is behind the default router 192.0.2.254: its replies to clients behind the same router may bypass this host, and such connections fail',
      remedy:
        "set masquerade: always, which hides the client's address from the target; or masquerade: never, if the target routes its replies through this host anyway",
      path: ['forwards', 0, 'listen'],
    },
  ]);
});

test.each([
  ['the target is a neighbour', '"80:10.0.0.9"'],
  ['another route goes there', '"80:10.9.1.2"'],
  ['the source is rewritten', '{listen: 80, target: 198.51.100.9, masquerade: always}'],
  ['masquerade is never', '{listen: 80, target: 198.51.100.9, masquerade: never}'],
  ['the clients come in elsewhere', '{listen: 80, target: 198.51.100.9, interface: lan0}'],
  ['it is for this host alone', '{listen: "127.0.0.2:80", target: 198.51.100.9, loopback: true}'],
  ['it is switched off', '{listen: 80, target: 198.51.100.9, enabled: false}'],
])('no finding if %s', (_, item) => {
  expect(found(item)).toEqual([]);
});

test('a wildcard can match the interface of the route', () => {
  expect(found('{listen: 80, target: 198.51.100.9, interface: "wan*", wildcard: true}')).toHaveLength(1);
});
