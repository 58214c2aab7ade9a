import type { BaseChain, Rule } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { DADDR, IIFNAME, inPrefix, SADDR } from './fields.ts';

export const LOOPBACK_GUARD = 'pf_loopback_guard';

/**
 * With route_localnet, neighbours can reach every service on 127.0.0.0/8 (docs/netfilter.md, fact 3). This chain drops
 * such packets before connection tracking, at priority raw. Replies to connections of this host still pass: on the
 * wire they carry the address of the interface.
 *
 *     iifname != "lo" ip daddr 127.0.0.0/8 drop
 *     iifname != "lo" ip saddr 127.0.0.0/8 drop
 */
export const lowerLoopbackGuard = (bindings: readonly RuleBinding[]): BaseChain[] =>
  bindings.some(({ opensLoopback }) => opensLoopback) ? [loopbackGuard()] : [];

export const loopbackGuard = (): BaseChain => ({
  kind: 'base',
  name: LOOPBACK_GUARD,
  type: 'filter',
  hook: 'prerouting',
  priority: -300,
  rules: [DADDR.ip, SADDR.ip].map(dropLoopback),
});

const dropLoopback = (field: (typeof DADDR)['ip']): Rule => ({
  match: [{ kind: 'compare', field: IIFNAME, op: '!=', value: 'lo' }, inPrefix(field, '127.0.0.0/8')],
  statement: { kind: 'drop' },
});
