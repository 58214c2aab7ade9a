import type { Chain, NamedSet, Rule } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { lowerConnections } from './connection-set.ts';
import { REPLY_SADDR } from './fields.ts';

const CLAMP = 'pf_mss';

/** The usual place for changes of a packet (mangle): before the filters of other programs. */
const PRIORITY = -150;

/**
 * `mss: clamp` lowers the MSS in the SYN and in the SYN-ACK, so that both ends send packets that fit the narrowest MTU
 * that this host knows on the way (docs/netfilter.md, fact 40). The name of the interface is not compared: in the
 * direction of the replies it is that of the target.
 *
 *     ct status dnat tcp flags & (syn | rst) == syn jump pf_mss
 *     meta l4proto tcp meta l4proto . ct original proto-dst . ct reply ip saddr @pf_mss4 tcp option maxseg size set rt mtu
 */
export function lowerMss(bindings: readonly RuleBinding[]): {
  readonly sets: readonly NamedSet[];
  readonly chains: readonly Chain[];
} {
  const clamped = bindings.filter(({ forward, protocol }) => forward.mss === 'clamp' && protocol === 'tcp');
  if (clamped.length === 0) return { sets: [], chains: [] };
  const { sets, rules } = lowerConnections(clamped, 'mss', { kind: 'clamp-mss' }, BOTH_DIRECTIONS);
  return {
    sets,
    chains: [
      { kind: 'regular', name: CLAMP, rules },
      { kind: 'base', name: 'pf_mss_clamp', type: 'filter', hook: 'forward', priority: PRIORITY, rules: [entry] },
    ],
  };
}

const BOTH_DIRECTIONS = { target: REPLY_SADDR, interfaces: false } as const;

const entry: Rule = {
  match: [{ kind: 'ct-dnat' }, { kind: 'tcp-syn' }],
  statement: { kind: 'jump', chain: CLAMP },
};
