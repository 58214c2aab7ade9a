import { formatPath, severityOf, type Finding } from '../finding/finding.ts';
import type { ParsedModel } from '../parse/model.ts';

/** A finding with its place in the text. */
export function publicFinding(finding: Finding, locate: ParsedModel['locate']) {
  const { code, message, remedy, path } = finding;
  const { line, column } = locate(finding);
  return { code, severity: severityOf(finding), message, remedy, path: formatPath(path), line, column };
}
