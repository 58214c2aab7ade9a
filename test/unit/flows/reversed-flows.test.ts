import { expect, test } from 'vitest';
import { reversedFlows } from '../../../src/flows/flow.ts';
import { flow } from './flows.ts';

const ENDED = flow('udp 203.0.113.7:4000 > 192.168.0.2:5000');
const ANSWER = flow('udp 192.168.0.2:5000 > 203.0.113.7:4000');

test('the counterpart of an ended flow is found', () => {
  expect(reversedFlows([ENDED], [ENDED, ANSWER])).toEqual([ANSWER]);
});

test.each([
  'udp 192.168.0.2:5000 > 203.0.113.7:4001',
  'udp 192.168.0.2:5001 > 203.0.113.7:4000',
  'udp 192.168.0.2:5000 > 203.0.113.8:4000',
  'tcp 192.168.0.2:5000 > 203.0.113.7:4000',
  'udp 192.168.0.2:5000 > 203.0.113.7:4000 > 10.0.0.9:4000',
])('what the host begins by itself is not: %s', (other) => {
  expect(reversedFlows([ENDED], [flow(other)])).toEqual([]);
});

test('an ended flow that was translated has none', () => {
  const translated = flow('udp 203.0.113.7:4000 > 203.0.113.1:6000 > 192.168.0.2:5000');
  expect(reversedFlows([translated], [ANSWER])).toEqual([]);
});
