import { expect, test } from 'vitest';
import { hostBindingsOf } from '../../../src/diagnose/binding.ts';
import { diagnoseOneArmed } from '../../../src/diagnose/replies/one-armed.ts';
import { fileOf, GATEWAY, modelOf } from '../../support/model.ts';
import type { Observations } from '../../../src/diagnose/observations.ts';

const found = (item: string, prefix: string, via: string, name: string): string[] => {
  const facts = { ...GATEWAY, routed: [{ prefix, via, interface: name }] };
  const bindings = hostBindingsOf(modelOf(fileOf(item)), facts);
  return diagnoseOneArmed(bindings, facts, { tables: [], replies: undefined } as unknown as Observations).map(
    ({ remedy }) => remedy,
  );
};

test.each([
  ['"80:10.0.0.9"', '0.0.0.0/0', '10.0.0.254', 'lan0', 1],
  ['"[::]:80:[2001:db8::9]"', '::/0', 'fe80::1', 'lan0', 1],
  ['"[::]:80:[2001:db8::9]"', '::/0', '2001:db8::fe', 'lan0', 1],
  ['"[::]:80:[2001:db8::9]"', '::/0', 'fd00:1::fe', 'lan0', 1],
  ['"[::]:80:[2001:db8::9]"', '0.0.0.0/0', '10.0.0.254', 'lan0', 0],
  ['"80:10.0.0.9"', '0.0.0.0/0', '192.0.2.254', 'wan0', 0],
  ['"80:10.0.0.9"', '0.0.0.0/0', '10.7.0.1', 'lan0', 1],
  ['"80:10.0.0.9"', '0.0.0.0/0', '203.0.113.1', 'lan0', 0],
  ['{listen: 80, target: 10.0.0.9, from: [10.0.0.0/25, 10.0.0.200]}', '0.0.0.0/0', '10.0.0.254', 'lan0', 0],
  ['{listen: 80, target: 10.0.0.9, from: [10.0.0.0/25, 10.9.0.0/16]}', '0.0.0.0/0', '10.0.0.254', 'lan0', 1],
  ['{listen: 80, target: 10.0.0.9, interface: "lan*", wildcard: true}', '0.0.0.0/0', '10.0.0.254', 'lan0', 1],
])('%s and the route %s via %s (%s): %i warnings', (item, prefix, via, name, count) => {
  expect(found(item, prefix, via, name)).toHaveLength(count);
});

test('the commands are for the clients outside the subnet, at most three', () => {
  const from = '[10.0.0.8, 10.9.0.0/16, 192.0.2.7, 198.51.100.0/24, 203.0.113.9]';
  expect(found(`{listen: 80, target: 10.0.0.9, from: ${from}}`, '0.0.0.0/0', '10.0.0.254', 'lan0')).toEqual([
    expect.stringMatching(
      /ip route add 10\.9\.0\.0\/16 via 10\.0\.0\.1 && ip route add 192\.0\.2\.7 via 10\.0\.0\.1 && ip route add 198\.51\.100\.0\/24 via 10\.0\.0\.1; do the same for the other 1$/,
    ),
  ]);
});
