import { isLocal, type HostFacts } from '../model/host-facts.ts';
import type { MasqueradeMode } from '../model/model.ts';
import { replyPathOf, type ReplyPath } from '../model/routing/reply-path.ts';
import { waysTo } from '../model/routing/routes.ts';
import type { Chain, NamedSet, Rule, Statement } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { lowerConnections } from './connection-set.ts';
import { HAIRPIN, TO_HAIRPIN, type DirectReply } from './direct-reply.ts';
import { OIFNAME } from './fields.ts';
import { lowerHairpin } from './hairpin.ts';
import { returnOn } from './return-rules.ts';
import { lowerSelf } from './self-connection.ts';

const CHAIN = 'pf_masquerade';

/** Before the masquerading of other programs, which is at srcnat (100). */
const PRIORITY = 95;

/** Rewrites the source if the reply could not come back otherwise, or if the forward asks for it (docs/netfilter.md, fact 6). */
export function lowerMasquerade(
  bindings: readonly RuleBinding[],
  facts?: HostFacts,
): { readonly sets: readonly NamedSet[]; readonly chains: Chain[] } {
  const always = lowerConnections(withMode(bindings, 'always'), 'always', MASQUERADE);
  const auto = withMode(bindings, 'auto').filter(({ forward }) => !isLocal(facts, forward.target.address));
  const { direct, others } = splitByReplyPath(auto, facts);
  const self = lowerSelf(others, withMode(bindings, 'never'));
  const hairpin = lowerHairpin(direct);
  const connections = lowerConnections(auto, 'hairpin', MASQUERADE);
  const rules = [...always.rules, ...(auto.length === 0 ? [] : [...FROM_THIS_HOST, ...self.rules, ...hairpin.rules])];
  if (rules.length === 0) return { sets: [], chains: [] };
  return {
    sets: [...always.sets, ...self.sets, ...hairpin.sets, ...connections.sets],
    chains: [
      ...(auto.length === 0 ? [] : [{ kind: 'regular', name: HAIRPIN, rules: connections.rules } as const]),
      { kind: 'regular', name: CHAIN, rules },
      { kind: 'base', name: 'postrouting', type: 'nat', hook: 'postrouting', priority: PRIORITY, rules: [entry] },
    ],
  };
}

const MASQUERADE: Statement = { kind: 'masquerade' };

const withMode = (bindings: readonly RuleBinding[], mode: MasqueradeMode): RuleBinding[] =>
  bindings.filter(({ forward }) => forward.masquerade === mode);

/** ct status dnat oifname != "lo" jump pf_masquerade */
const entry: Rule = {
  match: [{ kind: 'ct-dnat' }, { kind: 'compare', field: OIFNAME, op: '!=', value: 'lo' }],
  statement: { kind: 'jump', chain: CHAIN },
};

/**
 * The target can answer an address of the interface through which the packet leaves. It may have another route to the
 * other addresses of this host (docs/netfilter.md, fact 39).
 *
 *     fib saddr . oif type local return
 *     fib saddr type local goto pf_hairpin
 */
const FROM_THIS_HOST: readonly Rule[] = [
  returnOn({ kind: 'fib-local', of: 'saddr', interface: 'oif' }),
  { match: [{ kind: 'fib-local', of: 'saddr' }], statement: TO_HAIRPIN },
];

/**
 * direct: the target answers some known clients directly. others: its subnet is not known, so the only such client
 * that is known is the target itself. A binding can be both.
 */
function splitByReplyPath(
  bindings: readonly RuleBinding[],
  facts?: HostFacts,
): { readonly direct: DirectReply[]; readonly others: RuleBinding[] } {
  const direct: DirectReply[] = [];
  const others: RuleBinding[] = [];
  for (const binding of bindings) {
    const { address } = binding.forward.target;
    const paths = facts === undefined ? [] : replyPathsTo(address, facts);
    for (const { replyPath, leaves } of paths)
      if (replyPath !== undefined && bypassesHost(replyPath)) direct.push({ binding, replyPath, leaves });
    if (paths.length === 0 || paths.some(({ replyPath }) => replyPath?.subnet === undefined)) others.push(binding);
  }
  return { direct, others };
}

/** If there are several, the interface that a packet leaves through tells which one applies. */
function replyPathsTo(
  address: string,
  facts: HostFacts,
): readonly { readonly replyPath: ReplyPath | undefined; readonly leaves?: readonly string[] }[] {
  if (facts.marked?.[address] === undefined) return [{ replyPath: replyPathOf(facts, address) }];
  return waysTo(facts, address).map(({ routes }) => ({
    replyPath: replyPathOf(facts, address, routes),
    leaves: [...new Set(routes.map((route) => route.interface))],
  }));
}

const bypassesHost = ({ subnet, links }: ReplyPath): boolean => subnet !== undefined || links.length > 0;
