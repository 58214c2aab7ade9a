import { formatPath, severityOf, type Finding, isError } from '../finding/finding.ts';
import { escapeControls } from '../finding/quote.ts';
import { MAIN, partPath } from '../parts/parts.ts';
import type { Locate, Position } from '../parse/position.ts';

/** `FILE:LINE:COL forwards[1].listen: error: message; remedy [code]` */
export function formatFinding(finding: Finding, file: string, locate: Locate): string {
  const place = placeOf(finding, file, locate);
  const { line, column, path } = place;
  const others = (finding.related ?? []).map((related) => seeText(placeOf({ path: related }, file, locate), place));
  return escapeControls(
    `${place.file}:${line}:${column}${path === '' ? '' : ` ${path}`}: ${severityOf(finding)}: ${finding.message}${others.join('')}; ${finding.remedy} [${finding.code}]`,
  );
}

interface FilePlace extends Position {
  readonly file: string;
  readonly path: string;
}

/** In the file that it is in. */
function placeOf(place: Parameters<Locate>[0], file: string, locate: Locate): FilePlace {
  const { line, column, part, path = place.path } = locate(place);
  return { file: partPath(file, part ?? MAIN), line, column, path: formatPath(path) };
}

const seeText = ({ file, line }: FilePlace, from: FilePlace): string =>
  ` (see ${file === from.file ? `line ${line}` : `${file}:${line}`})`;

export interface FindingJson extends FilePlace {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly remedy: string;
  readonly related: readonly FilePlace[];
}

export const findingJson = (finding: Finding, file: string, locate: Locate): FindingJson => ({
  ...placeOf(finding, file, locate),
  code: finding.code,
  severity: severityOf(finding),
  message: finding.message,
  remedy: finding.remedy,
  related: (finding.related ?? []).map((path) => placeOf({ path }, file, locate)),
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
