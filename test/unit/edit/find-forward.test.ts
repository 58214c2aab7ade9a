import { expect, test } from 'vitest';
import { findForward } from '../../../src/edit/find-forward.ts';
import { forwardsOf } from '../../support/model.ts';

const ITEMS = [
  '6000:192.168.0.2:5000',
  '0.0.0.0:6001:192.168.0.2:5000',
  '*:53:10.0.0.53/udp',
  '[::]:443:[2001:db8::10]:8443',
  { name: 'web', listen: ['8080', '203.0.113.1:80'], target: '10.0.0.2' },
  { listen: 444, target: '[2001:db8::10]' },
  { name: 'a', listen: '27000-27100', target: '10.0.0.7' },
  { name: 'a', protocol: 'udp', listen: 27_000, target: '10.0.0.7', interface: 'eth0' },
  '53:10.0.0.53',
];
const FORWARDS = forwardsOf(...ITEMS.map((item) => JSON.stringify(item)));

test.each([
  ['tcp-6000', [0]],
  ['6000', [0]],
  ['*:6000', [0]],
  ['0.0.0.0:6000', [0]],
  ['6001', [1]],
  ['0.0.0.0:6001', [1]],
  ['*:6001', [1]],
  ['udp-53', [2]],
  ['tcp-53', [8]],
  ['53', [2, 8]],
  ['[::]:443', [3]],
  ['443', []],
  ['444', [5]],
  ['[::]:444', [5]],
  ['tcp6-444', [5]],
  ['web', [4]],
  ['a', [6, 7]],
  ['27000-27100', [6]],
  ['27000', [7]],
  ['udp-27000@eth0', []],
  ['Web', []],
  ['we', []],
  ['', []],
  ['600', []],
  ['203.0.113.1:6000', []],
])('%s', (word, indexes) => {
  expect(findForward(word, FORWARDS, ITEMS)).toEqual({ indexes, isPart: false });
});

test.each(['8080', '203.0.113.1:80', '*:8080'])('%s is one of several listens', (word) => {
  expect(findForward(word, FORWARDS, ITEMS)).toEqual({ indexes: [4], isPart: true });
});
