import type { FileFindings } from '../apply/change.ts';
import { escapeControls } from '../finding/quote.ts';
import { findingJson, formatFinding, mostFindings } from '../report/findings.ts';
import type { Session } from './session.ts';

/** On standard error: a line each, up to a limit, or all of them as JSON. */
export function printFindings(
  { file, findings, locate }: FileFindings & { readonly file: string },
  { say }: Pick<Session, 'say'>,
): void {
  if (findings.length === 0) return;
  say({ findings: findings.map((finding) => findingJson(finding, file, locate)) }, () => {
    const { shown, more } = mostFindings(findings);
    const rest = more > 0 ? [`${escapeControls(file)}: and ${more} more; portfwd check --json lists all of them`] : [];
    return [...shown.map((finding) => formatFinding(finding, file, locate)), ...rest].join('\n');
  });
}
