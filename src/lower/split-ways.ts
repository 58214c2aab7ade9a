import { groupBy } from '../model/group-by.ts';
import type { Match } from '../ruleset/ruleset.ts';
import { joinSets, type SetRules } from './connection-set.ts';
import type { DirectReply } from './direct-reply.ts';
import { inValues, OIFNAME } from './fields.ts';

/**
 * Targets to which packets with a mark take another way. The interface that a packet leaves through tells which reply path
 * counts. The sets of each such interface have names of their own.
 *
 *     oifname "in0" ip saddr 10.0.0.0/24 ip daddr @pf_way1_routed1_4 goto pf_hairpin
 */
export const lowerSplitWays = (
  direct: readonly DirectReply[],
  lowerOne: (some: readonly DirectReply[]) => SetRules,
): SetRules =>
  joinSets(
    [...groupBy(direct, ({ leaves = [] }) => leaves.join(' ')).values()].map((some, index) =>
      onlyLeaving(some[0]?.leaves ?? [], `pf_way${index + 1}_`, lowerOne(some)),
    ),
  );

function onlyLeaving(leaves: readonly string[], prefix: string, { sets, rules }: SetRules): SetRules {
  const renamed = (name: string): string => name.replace(/^pf_/, prefix);
  const inOwnSet = (match: Match): Match => (match.kind === 'in-set' ? { ...match, set: renamed(match.set) } : match);
  return {
    sets: sets.map((set) => ({ ...set, name: renamed(set.name) })),
    rules: rules.map(({ match, statement }) => ({
      match: [inValues(OIFNAME, leaves), ...match.map(inOwnSet)],
      statement,
    })),
  };
}
