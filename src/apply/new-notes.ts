import { severityOf, type Finding } from '../finding/finding.ts';
import { statePathsOf, type StateOptions, type World } from './context.ts';

/**
 * What is told of a ruleset with this marker: of the one that was loaded last the notes are known, for they were told
 * when it was new. `check` tells them always, and warnings are told until they are mended.
 */
export function newsOf(
  findings: readonly Finding[],
  markerOf: () => string,
  options: StateOptions,
  world: World,
): readonly Finding[] {
  const others = findings.filter((finding) => severityOf(finding) !== 'note');
  if (others.length === findings.length) return findings;
  const loaded = world.host.applied.read(statePathsOf(options, world).runtimeDir);
  return loaded?.marker === markerOf() ? others : findings;
}
