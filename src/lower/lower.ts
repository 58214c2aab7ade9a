import type { HostFacts } from '../model/host-facts.ts';
import { enabledForwards, type Model } from '../model/model.ts';
import type { BaseChain, Family, Rule, Ruleset } from '../ruleset/ruleset.ts';
import { claimsOf, type Claim } from './binding.ts';
import { DISPATCH, lowerDispatch } from './dispatch.ts';
import { DADDR } from './fields.ts';
import { lowerForwardGuard, lowerLoopbackGuard } from './guards.ts';
import { lowerMasquerade } from './masquerade.ts';
import { lowerSources } from './source-filter.ts';

export const TABLE = { family: 'inet', name: 'portfwd' } as const;

/** Turns a checked model into the ruleset that carries it out. Pure, total, and the same for the same model. */
export function lower(model: Model, facts?: HostFacts): Ruleset {
  const claims = enabledForwards(model).flatMap((forward) => claimsOf(forward, facts));
  if (claims.length === 0) return { table: TABLE, sets: [], maps: [], chains: [] };
  const dispatch = lowerDispatch(claims);
  const masquerade = lowerMasquerade(claims, facts);
  const sources = lowerSources(claims);
  return {
    table: TABLE,
    sets: [...sources.sets, ...masquerade.sets],
    maps: dispatch.maps,
    chains: [
      ...dispatch.chains,
      prerouting(claims, model.priority),
      output(claims, model.priority),
      ...masquerade.chains,
      ...sources.chains,
      ...lowerLoopbackGuard(claims),
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
const prerouting = (claims: readonly Claim[], priority: number): BaseChain => ({
  kind: 'base',
  name: 'prerouting',
  type: 'nat',
  hook: 'prerouting',
  priority,
  rules: [...returnOn(claims, 'ip', '127.0.0.0', 8), toDispatch],
});

/**
 * Only the host's connections to itself: no outgoing ones. ::1 cannot be translated (fact 2), and a
 * connection to one of the host's link-local addresses is bound to its link.
 *
 *     ip6 daddr ::1 return
 *     ip6 daddr fe80::/10 return
 *     fib daddr type local jump pf_dispatch
 */
const output = (claims: readonly Claim[], priority: number): BaseChain => ({
  kind: 'base',
  name: 'output',
  type: 'nat',
  hook: 'output',
  priority,
  rules: [...returnOn(claims, 'ip6', '::1'), ...returnOn(claims, 'ip6', 'fe80::', 10), toDispatch],
});

const toDispatch: Rule = { match: [{ kind: 'local', of: 'daddr' }], statement: { kind: 'jump', chain: DISPATCH } };

const returnOn = (claims: readonly Claim[], family: Family, address: string, length?: number): Rule[] =>
  claims.some((claim) => claim.family === family)
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
