import type { Finding } from '../finding/finding.ts';
import type { Locate } from './position.ts';

/** In the order of the text; what stands in one place keeps its order. */
export function inFileOrder(findings: readonly Finding[], locate: Locate): Finding[] {
  if (findings.length < 2) return [...findings];
  const placed = findings.map((finding) => ({ finding, ...locate(finding) }));
  return placed.toSorted((a, b) => a.line - b.line || a.column - b.column).map(({ finding }) => finding);
}
