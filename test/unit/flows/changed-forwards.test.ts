import { expect, test } from 'vitest';
import { changedForwards } from '../../../src/flows/changed-forwards.ts';
import { forwardsOf } from '../../support/model.ts';

test('changed, removed and new UDP forwards are named, others are not', () => {
  const before = forwardsOf('1:10.0.0.2', '2:10.0.0.2', '3:10.0.0.2', '{name: old, listen: 4, target: 10.0.0.2}');
  const after = forwardsOf(
    '1:10.0.0.2',
    '2:10.0.0.3',
    '{name: new, listen: 4, target: 10.0.0.2}',
    '5:10.0.0.2',
    '6:10.0.0.2/udp',
  );
  expect(changedForwards(before, after)).toEqual(['tcp-2', 'tcp-3', 'udp-6']);
  expect(changedForwards(after, after)).toEqual([]);
  const [open, narrow] = ['', ', from: 192.0.2.7'].map((from) => forwardsOf(`{listen: 1, target: 10.0.0.2${from}}`));
  expect(changedForwards(open ?? [], narrow ?? [])).toEqual(['tcp-1']);
});
