import { expect, test } from 'vitest';
import { changeJson } from '../../../src/cli/format/kernel-difference.ts';
import { changeLine } from '../../../src/cli/format/forward-change.ts';
import { compareForwards } from '../../../src/compare/forwards.ts';
import { forwardsOf } from '../../support/model.ts';

const forward = (from?: string): string =>
  `{listen: 80, target: 10.0.0.2${from === undefined ? '' : `, from: [${from}]`}}`;
const changes = (before: string, after: string) => compareForwards(forwardsOf(before), forwardsOf(after)).changes;

test.each([
  [forward(), forward('192.0.2.7'), 'tcp 80 -> 10.0.0.2, from anyone => 192.0.2.7'],
  [forward('192.0.2.7'), forward(), 'tcp 80 -> 10.0.0.2, from 192.0.2.7 => anyone'],
  [
    forward('192.0.2.7'),
    forward('198.51.100.0/24, 192.0.2.7'),
    'tcp 80 -> 10.0.0.2, from 192.0.2.7 => 192.0.2.7,198.51.100.0/24',
  ],
])('%s to %s', (before, after, line) => {
  expect(changes(before, after).map((change) => changeLine(change).text)).toEqual([line]);
});

test('the order of a list says nothing, and a new forward tells whom it is for', () => {
  expect(changes(forward('192.0.2.7, 10.0.0.0/8'), forward('10.0.0.0/8, 192.0.2.7'))).toEqual([]);
  const [added] = compareForwards([], forwardsOf(forward('10.0.0.0/8'))).changes;
  expect(added && changeLine(added).text).toBe('tcp 80 -> 10.0.0.2, from 10.0.0.0/8');
  expect(added && changeJson(added)).toMatchObject({ after: { from: ['10.0.0.0/8'] } });
});
