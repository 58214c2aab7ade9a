import type { Family } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { joinSets, lowerConnections, type SetRules } from './connection-set.ts';
import { ADDRESS_TYPE, DADDR, DIGIT, FAMILIES, SADDR } from './fields.ts';

/**
 * A target that connects to itself (hairpin): it would receive its own address as the source, and reply to itself.
 * The pair of addresses is enough to recognise it, except if another forward to the same target has
 * `masquerade: never`.
 *
 *     ip saddr . ip daddr @pf_self4 masquerade
 */
export function lowerSelf(bindings: readonly RuleBinding[], never: readonly RuleBinding[]): SetRules {
  const targets = new Map(bindings.map((binding) => [binding.forward.target.address, binding]));
  const excluded = never.filter(({ forward }) => targets.has(forward.target.address));
  const pairs = FAMILIES.map((family) =>
    lowerPairs(
      [...targets.values()].filter(({ forward }) => forward.family === family),
      family,
    ),
  );
  return joinSets([lowerConnections(excluded, 'never', { kind: 'return' }), ...pairs]);
}

function lowerPairs(bindings: readonly RuleBinding[], family: Family): SetRules {
  if (bindings.length === 0) return { sets: [], rules: [] };
  const set = `pf_self${DIGIT[family]}`;
  const elements = bindings.map(({ forward: { target }, listen }) => ({
    key: [target.address, target.address],
    origin: listen.path,
  }));
  return {
    sets: [{ name: set, type: [ADDRESS_TYPE[family], ADDRESS_TYPE[family]], interval: false, elements }],
    rules: [
      { match: [{ kind: 'in-set', key: [SADDR[family], DADDR[family]], set }], statement: { kind: 'masquerade' } },
    ],
  };
}
