import type { BaseChain, Rule } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { DADDR, IIFNAME, SADDR } from './fields.ts';
import { forwardingByUs, type HostFacts } from '../model/host-facts.ts';
import type { Model } from '../model/model.ts';

export const LOOPBACK_GUARD = 'pf_loopback_guard';

/**
 * route_localnet makes the kernel route 127.0.0.0/8 in from an interface, and with it every service that is
 * bound there (CVE-2020-8558). At raw, before connection tracking, what comes from outside under such an
 * address ends; the answers to our own connections have an address of the interface there (fact 3).
 *
 *     iifname != "lo" ip daddr 127.0.0.0/8 drop
 *     iifname != "lo" ip saddr 127.0.0.0/8 drop
 */
export const lowerLoopbackGuard = (bindings: readonly RuleBinding[]): BaseChain[] =>
  bindings.some(({ loopbackLeavesHost }) => loopbackLeavesHost)
    ? [
        {
          kind: 'base',
          name: LOOPBACK_GUARD,
          type: 'filter',
          hook: 'prerouting',
          priority: -300,
          rules: [DADDR.ip, SADDR.ip].map(dropLoopback),
        },
      ]
    : [];

const dropLoopback = (field: (typeof DADDR)['ip']): Rule => ({
  match: [
    { kind: 'compare', field: IIFNAME, op: '!=', value: 'lo' },
    { kind: 'compare', field, op: '==', value: { kind: 'prefix', address: '127.0.0.0', length: 8 } },
  ],
  statement: { kind: 'drop' },
});

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
