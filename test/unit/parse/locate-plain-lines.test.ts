import { expect, test, vi } from 'vitest';
import { parseFindings, fileOf } from '../../support/model.ts';

/** How often a text is cut into its lines. */
const cuts = (): number => split.mock.calls.filter(([by]) => (by as unknown) === '\n').length;
const split = vi.spyOn(String.prototype, 'split');

test('a file with a finding for every line is read as often as one with a single finding', () => {
  parseFindings(fileOf('6000:1.1.1'));
  const once = cuts();
  split.mockClear();
  const findings = parseFindings(fileOf(...Array.from({ length: 200 }, () => '6000:1.1.1')));
  expect(findings).toHaveLength(200);
  expect(findings.at(-1)).toBe('202:3 forwards[199].target target/address');
  expect(cuts()).toBe(once);
});
