import { asFailure } from '../../failure/failure.ts';
import { severityOf, type Finding } from '../../finding/finding.ts';
import type { Context } from '../context.ts';

/** Without the notes that were printed when what is loaded now was loaded. */
export function unseenFindings(
  findings: readonly Finding[],
  { host, state: { runtimeDir } }: Context,
): readonly Finding[] {
  if (!findings.some(isNote) || host.applied.read(runtimeDir) === undefined) return findings;
  const told = new Set(host.toldNotes.read(runtimeDir));
  return findings.filter((finding) => !isNote(finding) || !told.has(textOf(finding)));
}

/** Remembers the notes about what was just loaded. If that fails, they are printed again next time. */
export function rememberNotes(findings: readonly Finding[], { host, state: { runtimeDir } }: Context): void {
  try {
    host.toldNotes.write(runtimeDir, [...new Set(findings.filter(isNote).map(textOf))].sort());
  } catch (error) {
    if (asFailure(error) === undefined) throw error;
  }
}

const isNote = (finding: Finding): boolean => severityOf(finding) === 'note';

/** The names in a note about all forwards change with every new forward. */
const textOf = ({ code, message }: Finding): string => (ABOUT_ALL.has(code) ? code : `${code} ${message}`);

const ABOUT_ALL: ReadonlySet<Finding['code']> = new Set(['listen/loopback-left-alone']);
