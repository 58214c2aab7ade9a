import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { trackingFull } from '../../../src/doctor/causes/tracking.ts';
import { cause, CAUSES } from '../../../src/doctor/cause.ts';
import type { Case } from '../../../src/doctor/case.ts';
import type { Evidence } from '../../../src/doctor/evidence.ts';

test('docs/doctor.md has every code', () => {
  const text = readFileSync('docs/doctor.md', 'utf8');
  expect(CAUSES.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
});

test.each([
  ['run: nft insert rule x; this accepts them', ['nft insert rule x']],
  [`run: nft 'a; b' && c; to keep it, run: d`, [`nft 'a; b' && c`, 'd']],
  ['start the service', []],
])('the commands in a remedy are found: %s', (remedy, commands) => {
  expect(cause('dropped', 'fault', 'x', remedy).commands).toEqual(commands);
});

test.each([
  [94, []],
  [95, ['doubt']],
  [100, ['fault']],
])('a full table of connections: %i of 100', (count, levels) => {
  const found = trackingFull({} as Case, { tracking: { count, max: 100 } } as Evidence);
  expect(found.map(({ level }) => level)).toEqual(levels);
});
