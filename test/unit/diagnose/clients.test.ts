import { expect, test } from 'vitest';
import { exampleOf } from '../../../src/diagnose/replies/clients.ts';

test.each([
  ['10.9.0.0/24', '10.9.0.1'],
  ['10.9.0.4/30', '10.9.0.5'],
  ['10.9.0.4/31', '10.9.0.4'],
  ['10.0.0.0/8', '10.0.0.1'],
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:7::/48', '2001:db8:7::1'],
  ['2001:db8::7', '2001:db8::7'],
  ['2001:db8:1:2:3:4:5:0/112', '2001:db8:1:2:3:4:5:0'],
])('%s: for example %s', (client, example) => {
  expect(exampleOf(client)).toBe(example);
});
