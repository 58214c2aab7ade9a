import { isError, type Finding } from '../finding/finding.ts';

/** More than anybody reads at once; `--json` has them all. */
const MOST = 100;

interface Shown {
  readonly shown: readonly Finding[];
  /** How many there are besides. */
  readonly more: number;
}

/** What people are told: all of it, or of very much the first errors; a note takes no error's place. */
export function mostFindings(findings: readonly Finding[]): Shown {
  const kept = new Set([...findings.filter(isError), ...findings.filter((one) => !isError(one))].slice(0, MOST));
  return { shown: findings.filter((finding) => kept.has(finding)), more: findings.length - kept.size };
}
