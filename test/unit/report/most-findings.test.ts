import { expect, test } from 'vitest';
import { mostFindings } from '../../../src/report/findings.ts';
import type { Finding } from '../../../src/finding/finding.ts';

const finding = (code: Finding['code'], index: number): Finding => ({
  code,
  message: 'wrong',
  remedy: 'fix it',
  path: ['forwards', index],
});
const many = (code: Finding['code'], count: number): Finding[] =>
  Array.from({ length: count }, (_, index) => finding(code, index));

test('a hundred are all shown, in their order', () => {
  const findings = [...many('host/rp-filter', 50), ...many('listen/overlap', 50)];
  expect(mostFindings(findings)).toEqual({ shown: findings, more: 0 });
});

test('an error behind a hundred warnings is shown, in its place', () => {
  const findings = [...many('host/rp-filter', 100), finding('listen/overlap', 100)];
  const { shown, more } = mostFindings(findings);
  expect(shown).toEqual([...findings.slice(0, 99), findings[100]]);
  expect(more).toBe(1);
});
