import { formatPath, severityOf, type Finding, isError } from '../finding/finding.ts';
import { escapeControls } from '../finding/quote.ts';
import type { Locate, Position } from '../parse/yaml-position.ts';

/** `FILE:LINE:COL forwards[1].listen: message; remedy [code]` */
export function formatFinding(finding: Finding, file: string, locate: Locate): string {
  const { line, column } = locate(finding);
  const path = formatPath(finding.path);
  const severity = severityOf(finding);
  const label = severity === 'error' ? '' : `${severity}: `;
  const others = (finding.related ?? []).map((related) => ` (see line ${locate({ path: related }).line})`).join('');
  return escapeControls(
    `${file}:${line}:${column}${path === '' ? '' : ` ${path}`}: ${label}${finding.message}${others}; ${finding.remedy} [${finding.code}]`,
  );
}

export interface FindingJson extends Position {
  readonly file: string;
  readonly path: string;
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly remedy: string;
  readonly related: readonly (Position & { readonly path: string })[];
}

export const findingJson = (finding: Finding, file: string, locate: Locate): FindingJson => ({
  file,
  ...locate(finding),
  path: formatPath(finding.path),
  code: finding.code,
  severity: severityOf(finding),
  message: finding.message,
  remedy: finding.remedy,
  related: (finding.related ?? []).map((path) => ({ path: formatPath(path), ...locate({ path }) })),
});

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
