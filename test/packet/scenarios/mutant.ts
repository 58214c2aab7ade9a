import { ruleText } from '../../../src/emit/rule-text.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';

/** A ruleset that lacks one thing. */
export interface Mutant {
  /** `pf_dispatch: ip saddr 127.0.0.0/8 return`, `elements of pf_addr4`; the same in every ruleset. */
  readonly lacks: string;
  readonly ruleset: Ruleset;
}

/** Without each rule in turn, and without the elements of each set and map. */
export const mutantsOf = (ruleset: Ruleset): Mutant[] => [
  ...ruleset.chains.flatMap((chain) =>
    chain.rules.map((rule) => ({
      lacks: `${chain.name}: ${ruleText(rule)}`,
      ruleset: {
        ...ruleset,
        chains: ruleset.chains.map((one) =>
          one === chain ? { ...chain, rules: chain.rules.filter((other) => other !== rule) } : one,
        ),
      },
    })),
  ),
  ...ruleset.sets.map((set) => ({
    lacks: `elements of ${set.name}`,
    ruleset: { ...ruleset, sets: ruleset.sets.map((one) => (one === set ? { ...set, elements: [] } : one)) },
  })),
  ...ruleset.maps.map((map) => ({
    lacks: `elements of ${map.name}`,
    ruleset: { ...ruleset, maps: ruleset.maps.map((one) => (one === map ? { ...map, elements: [] } : one)) },
  })),
];
