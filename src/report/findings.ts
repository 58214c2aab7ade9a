import { formatPath, severityOf, type Finding, isError } from '../finding/finding.ts';
import { escapeControls } from '../finding/quote.ts';
import type { Locate, Position } from '../parse/yaml-position.ts';

/** `FILE:LINE:COL forwards[1].listen: error: message; remedy [code]` */
export function formatFinding(finding: Finding, file: string, locate: Locate): string {
  const { line, column } = locate(finding);
  const path = formatPath(finding.path);
  const others = (finding.related ?? []).map((related) => ` (see line ${locate({ path: related }).line})`).join('');
  return escapeControls(
    `${file}:${line}:${column}${path === '' ? '' : ` ${path}`}: ${severityOf(finding)}: ${finding.message}${others}; ${finding.remedy} [${finding.code}]`,
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

/** Findings printed at most; `--json` lists all of them. */
const MAX_PRINTED = 100;

interface Shown {
  readonly shown: readonly Finding[];
  /** How many findings are left out. */
  readonly more: number;
}

/** All findings, or the first ones if there are very many. Errors are kept before warnings and notes. */
export function mostFindings(findings: readonly Finding[]): Shown {
  const kept = new Set([...findings.filter(isError), ...findings.filter((one) => !isError(one))].slice(0, MAX_PRINTED));
  return { shown: findings.filter((finding) => kept.has(finding)), more: findings.length - kept.size };
}
