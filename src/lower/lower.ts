import type { HostFacts } from '../model/host-facts.ts';
import { enabledForwards, type Model } from '../model/model.ts';
import type { BaseChain, Family, Rule, Ruleset } from '../ruleset/ruleset.ts';
import { ruleBindingsOf, type RuleBinding } from './binding.ts';
import { DISPATCH, lowerDispatch } from './dispatch.ts';
import { DADDR } from './fields.ts';
import { lowerForwardGuard, lowerLoopbackGuard } from './guards.ts';
import { lowerMasquerade } from './masquerade.ts';
import { lowerSources } from './source-filter.ts';

export const TABLE = { family: 'inet', name: 'portfwd' } as const;

/** Turns a checked model into the ruleset that carries it out. Pure, total, and the same for the same model. */
export function lower(model: Model, facts?: HostFacts): Ruleset {
  const bindings = ruleBindingsOf(enabledForwards(model), facts);
  if (bindings.length === 0) return { table: TABLE, sets: [], maps: [], chains: [] };
  const dispatch = lowerDispatch(bindings);
  const masquerade = lowerMasquerade(bindings, facts);
  const sources = lowerSources(bindings);
  return {
    table: TABLE,
    sets: [...sources.sets, ...masquerade.sets],
    maps: dispatch.maps,
    chains: [
      ...dispatch.chains,
      prerouting(bindings, model.priority),
      output(bindings, model.priority),
      ...masquerade.chains,
      ...sources.chains,
      ...lowerLoopbackGuard(bindings),
      ...lowerForwardGuard(model, facts),
    ],
  };
}

/**
 * Only what is addressed to this host: no transit. 127.0.0.0/8 never comes from outside by right, and a
 * listen there is for the host alone (facts 1 and 4).
 *
 *     ip daddr 127.0.0.0/8 return
 *     fib daddr type local jump pf_dispatch
 */
const prerouting = (bindings: readonly RuleBinding[], priority: number): BaseChain => ({
  kind: 'base',
  name: 'prerouting',
  type: 'nat',
  hook: 'prerouting',
  priority,
  rules: [...returnOn(bindings, 'ip', '127.0.0.0', 8), toDispatch],
});

/**
 * Only the host's connections to itself: no outgoing ones. ::1 cannot be translated (fact 2), and a
 * connection to one of the host's link-local addresses is bound to its link.
 *
 *     ip6 daddr ::1 return
 *     ip6 daddr fe80::/10 return
 *     fib daddr type local jump pf_dispatch
 */
const output = (bindings: readonly RuleBinding[], priority: number): BaseChain => ({
  kind: 'base',
  name: 'output',
  type: 'nat',
  hook: 'output',
  priority,
  rules: [...returnOn(bindings, 'ip6', '::1'), ...returnOn(bindings, 'ip6', 'fe80::', 10), toDispatch],
});

const toDispatch: Rule = { match: [{ kind: 'local', of: 'daddr' }], statement: { kind: 'jump', chain: DISPATCH } };

const returnOn = (bindings: readonly RuleBinding[], family: Family, address: string, length?: number): Rule[] =>
  bindings.some((binding) => binding.forward.family === family)
    ? [
        {
          match: [
            {
              kind: 'compare',
              field: DADDR[family],
              op: '==',
              value: length === undefined ? address : { kind: 'prefix', address, length },
            },
          ],
          statement: { kind: 'return' },
        },
      ]
    : [];
