import { forwardingByUs, type HostFacts } from '../model/host-facts.ts';
import type { Model } from '../model/model.ts';
import type { BaseChain, Rule } from '../ruleset/ruleset.ts';

export const FORWARD_GUARD = 'pf_forward_guard';

/**
 * Where portfwd itself turns routing on, the host must not become a router for everybody: only what a
 * forward translated gets through, and the answers to it (fact 12).
 *
 *     ct status dnat return
 *     meta nfproto ipv4 ct state new drop
 */
export function lowerForwardGuard(model: Model, facts?: HostFacts): BaseChain[] {
  const families = facts === undefined ? [] : forwardingByUs(model, facts);
  if (families.length === 0) return [];
  const drops = families.map((family): Rule => ({
    match: [{ kind: 'family', family }, { kind: 'ct-new' }],
    statement: { kind: 'drop' },
  }));
  const rules: Rule[] = [{ match: [{ kind: 'ct-dnat' }], statement: { kind: 'return' } }, ...drops];
  return [{ kind: 'base', name: FORWARD_GUARD, type: 'filter', hook: 'forward', priority: -10, rules }];
}
