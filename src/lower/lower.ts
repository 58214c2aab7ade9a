import type { Binding } from '../model/binding.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { enabledForwards, type Model } from '../model/model.ts';
import type { BaseChain, Family, Match, Rule, Ruleset } from '../ruleset/ruleset.ts';
import { ruleBindingsOf } from './binding.ts';
import { DISPATCH, lowerDispatch } from './dispatch.ts';
import { DADDR, equals, inPrefix } from './fields.ts';
import { lowerForwardGuard } from './guard/forward-guard.ts';
import { lowerLoopbackGuard } from './guards.ts';
import { lowerListenDispatch } from './listen-dispatch.ts';
import { lowerMasquerade } from './masquerade.ts';
import { lowerMss } from './mss.ts';
import { returnOn } from './return-rules.ts';
import { lowerSourceFilter } from './source-filter.ts';

export const TABLE = { family: 'inet', name: 'portfwd' } as const;

/** The ruleset of a checked model. The same model and facts always give the same ruleset. */
export function lower(model: Model, facts?: HostFacts): Ruleset {
  const bindings = ruleBindingsOf(enabledForwards(model), facts);
  if (bindings.length === 0) return { table: TABLE, sets: [], maps: [], chains: [] };
  const dispatch = lowerDispatch(bindings);
  const onInterface = lowerListenDispatch(bindings);
  const toDispatch = dispatch.chains.length === 0 ? [] : [TO_DISPATCH];
  const masquerade = lowerMasquerade(bindings, facts);
  const filter = lowerSourceFilter(bindings);
  const mss = lowerMss(bindings);
  return {
    table: TABLE,
    sets: [...filter.sets, ...masquerade.sets, ...mss.sets],
    maps: [...dispatch.maps, ...onInterface.maps],
    chains: [
      ...dispatch.chains,
      ...onInterface.chains,
      prerouting(bindings, model.priority, [...toDispatch, ...onInterface.incoming]),
      output(bindings, model.priority, [...toDispatch, ...onInterface.own]),
      ...masquerade.chains,
      ...filter.chains,
      ...mss.chains,
      ...lowerLoopbackGuard(bindings),
      ...lowerForwardGuard(model, facts),
    ],
  };
}

/**
 * Packets from outside to this host, not transit (docs/netfilter.md, fact 1). A listen in 127.0.0.0/8 is for the host
 * alone (fact 4).
 *
 *     ip daddr 127.0.0.0/8 return
 *     fib daddr type local jump pf_dispatch
 */
const prerouting = (bindings: readonly Binding[], priority: number, jumps: readonly Rule[]): BaseChain => ({
  kind: 'base',
  name: 'prerouting',
  type: 'nat',
  hook: 'prerouting',
  priority,
  rules: [...returnIn('ip', bindings, [inPrefix(DADDR.ip, '127.0.0.0/8')]), ...jumps],
});

/**
 * Connections of the host to itself, not its outgoing ones. A connection to ::1 cannot be translated
 * (docs/netfilter.md, fact 2), and one to a link-local address of the host is bound to its link.
 *
 *     ip6 daddr ::1 return
 *     ip6 daddr fe80::/10 return
 *     fib daddr type local jump pf_dispatch
 */
const output = (bindings: readonly Binding[], priority: number, jumps: readonly Rule[]): BaseChain => ({
  kind: 'base',
  name: 'output',
  type: 'nat',
  hook: 'output',
  priority,
  rules: [...returnIn('ip6', bindings, [equals(DADDR.ip6, '::1'), inPrefix(DADDR.ip6, 'fe80::/10')]), ...jumps],
});

const TO_DISPATCH: Rule = { match: [{ kind: 'fib-local', of: 'daddr' }], statement: { kind: 'jump', chain: DISPATCH } };

const returnIn = (family: Family, bindings: readonly Binding[], matches: readonly Match[]): Rule[] =>
  bindings.some(({ forward }) => forward.family === family) ? matches.map(returnOn) : [];
