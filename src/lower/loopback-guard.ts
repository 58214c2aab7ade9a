import type { BaseChain, Rule } from '../ruleset/ruleset.ts';
import type { Claim } from './claim.ts';
import { DADDR, IIFNAME, SADDR } from './fields.ts';

export const LOOPBACK_GUARD = 'pf_loopback_guard';

/**
 * route_localnet makes the kernel route 127.0.0.0/8 in from an interface, and with it every service that is
 * bound there (CVE-2020-8558). At raw, before connection tracking, what comes from outside under such an
 * address ends; the answers to our own connections have an address of the interface there (fact 3).
 *
 *     iifname != "lo" ip daddr 127.0.0.0/8 drop
 *     iifname != "lo" ip saddr 127.0.0.0/8 drop
 */
export const lowerLoopbackGuard = (claims: readonly Claim[]): BaseChain[] =>
  claims.some(({ fromLoopback }) => fromLoopback)
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
