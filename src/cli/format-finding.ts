import { formatPath, severityOf, type Finding } from '../finding/finding.ts';
import { escapeControls } from '../finding/quote.ts';
import type { Locate, Position } from '../model/position.ts';

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
