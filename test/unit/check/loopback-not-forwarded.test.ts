import { expect, test } from 'vitest';
import { check } from '../../../src/check/check.ts';
import { severityOf } from '../../../src/finding/finding.ts';
import { fileOf, GATEWAY, modelOf } from '../../support/model.ts';

const notesOn = (items: readonly string[], facts: typeof GATEWAY | undefined = GATEWAY) =>
  check(modelOf(fileOf(...items)), facts).filter(({ code }) => code === 'listen/loopback-left-alone');

test('one note names the forwards that do not accept 127.0.0.1, and counts the others', () => {
  const notes = notesOn(['80:10.0.0.1', ...[1, 2, 3, 4, 5].map((port) => `${port}:10.0.0.2`)]);
  expect(notes).toMatchObject([
    { path: ['forwards', 1], message: expect.stringContaining('tcp-1, tcp-2, tcp-3 and 2 more') },
  ]);
  expect(notes.map(severityOf)).toEqual(['note']);
});

test.each([
  ['80:10.0.0.1'],
  ['192.0.2.1:80:10.0.0.2'],
  ['80:[2001:db8::2]'],
  ['{listen: 80, target: 10.0.0.2, loopback: true}'],
  ['{listen: 80, target: 10.0.0.2, interface: eth0}'],
  ['{listen: 80, target: 10.0.0.2, enabled: false}'],
])('nothing is said of %s', (item) => {
  expect(notesOn([item])).toEqual([]);
});
