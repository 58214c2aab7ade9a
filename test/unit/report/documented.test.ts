import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAILURES } from '../../../src/failure/failure.ts';
import { FINDINGS } from '../../../src/finding/finding.ts';
import { EXIT } from '../../../src/report/exit-code.ts';

/** The cells of each row of the tables in a document, header rows left out. */
const rowsOf = (document: string): string[][] =>
  readFileSync(new URL(`../../../docs/${document}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| /, '')));

const codesIn = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

test('docs/findings.md has each finding once', () => {
  const codes = rowsOf('findings.md').flatMap(([first]) => codesIn(first));
  expect(codes.sort()).toEqual(Object.keys(FINDINGS).sort());
});

test('docs/findings.md says which findings are warnings and notes', () => {
  for (const [codes, meaning] of rowsOf('findings.md'))
    for (const code of codesIn(codes))
      expect(`${code}: ${/^(?:warning|note)(?=: )/.exec(meaning ?? '')?.[0] ?? 'error'}`).toBe(
        `${code}: ${FINDINGS[code as keyof typeof FINDINGS]}`,
      );
});

test('docs/failures.md has each failure once, with its exit code', () => {
  const documented = rowsOf('failures.md').map(([reason, exit]) => [...codesIn(reason), exit].join(' '));
  const all = Object.entries(FAILURES).map(([reason, ending]) => `${reason} ${EXIT[ending]}`);
  expect(documented.sort()).toEqual(all.sort());
});
