import { severityOf, type Finding } from '../../finding/finding.ts';
import type { Context } from '../context.ts';

/** Without the notes about the ruleset that is loaded already: they were printed when it was new. */
export function unseenFindings(
  findings: readonly Finding[],
  marker: string,
  { host, state: { runtimeDir } }: Context,
): readonly Finding[] {
  const others = findings.filter((finding) => severityOf(finding) !== 'note');
  if (others.length === findings.length) return findings;
  return host.applied.read(runtimeDir)?.marker === marker ? others : findings;
}
