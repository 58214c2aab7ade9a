import type { MasqueradeMode } from '../model/model.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { replyPathOf, type ReplyPath } from '../model/reply-path.ts';
import type { Chain, Family, Match, NamedSet, Rule, Statement } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { ADDRESS_TYPE, DADDR, DIGIT, inPrefix, OIFNAME, SADDR } from './fields.ts';
import { groupByInterface } from './interface-group.ts';
import { lowerMembership, type Membership } from './membership.ts';
import { HAIRPIN, lowerNeighbours, type Near } from './hairpin.ts';

const MASQUERADE = 'pf_masquerade';
const FAMILIES = ['ip', 'ip6'] as const;

/** Before the masquerading of others, which stands at srcnat (100). */
const PRIORITY = 95;

/** Source NAT, only where the reply could not come back, or where it is asked for. */
export function lowerMasquerade(
  bindings: readonly RuleBinding[],
  facts?: HostFacts,
): { readonly sets: NamedSet[]; readonly chains: Chain[] } {
  const always = memberships(withMode(bindings, 'always'), 'always', MASQUERADING);
  const { near, far } = splitByNeighbourhood(withMode(bindings, 'auto'), facts);
  const alone = lowerAlone(far, withMode(bindings, 'never'));
  const nearClaims = near.map(({ binding }) => binding);
  const hairpin = memberships(nearClaims, 'hairpin', MASQUERADING);
  const neighbours = lowerNeighbours(near);
  const auto = [...alone.rules, ...neighbours.rules];
  const rules = [...fromLoopback(bindings), ...always.rules, ...(auto.length === 0 ? [] : [ownAddress, ...auto])];
  if (rules.length === 0) return { sets: [], chains: [] };
  return {
    sets: [...always.sets, ...alone.sets, ...neighbours.sets, ...hairpin.sets],
    chains: [
      ...(near.length === 0 ? [] : [{ kind: 'regular', name: HAIRPIN, rules: hairpin.rules } as const]),
      { kind: 'regular', name: MASQUERADE, rules },
      { kind: 'base', name: 'postrouting', type: 'nat', hook: 'postrouting', priority: PRIORITY, rules: [entry] },
    ],
  };
}

const MASQUERADING: Statement = { kind: 'masquerade' };

const withMode = (bindings: readonly RuleBinding[], mode: MasqueradeMode): RuleBinding[] =>
  bindings.filter(({ forward }) => forward.masquerade === mode);

// ct status dnat oifname != "lo" jump pf_masquerade
const entry: Rule = {
  match: [{ kind: 'ct-dnat' }, { kind: 'compare', field: OIFNAME, op: '!=', value: 'lo' }],
  statement: { kind: 'jump', chain: MASQUERADE },
};

// ip saddr 127.0.0.0/8 masquerade
const fromLoopback = (bindings: readonly RuleBinding[]): Rule[] =>
  bindings.some((binding) => binding.loopbackLeavesHost && binding.forward.masquerade !== 'never')
    ? [{ match: [inPrefix(SADDR.ip, '127.0.0.0/8')], statement: { kind: 'masquerade' } }]
    : [];

/** Whichever of its addresses the host speaks from, the reply finds the way back: fib saddr type local return */
const ownAddress: Rule = { match: [{ kind: 'local', of: 'saddr' }], statement: { kind: 'return' } };

/** Near: machines are known that the target answers without this host. Far: only itself is known, or it may be anywhere. */
function splitByNeighbourhood(
  bindings: readonly RuleBinding[],
  facts?: HostFacts,
): { readonly near: Near[]; readonly far: RuleBinding[] } {
  const near: Near[] = [];
  const far: RuleBinding[] = [];
  for (const binding of bindings) {
    const { address } = binding.forward.target;
    if (facts !== undefined && isLocal(facts, address)) continue;
    const hood = facts && replyPathOf(facts, address);
    if (hood !== undefined && hasNeighbours(hood)) near.push({ binding, hood });
    if (hood?.subnet === undefined) far.push(binding);
  }
  return { near, far };
}

const hasNeighbours = ({ subnet, links }: ReplyPath): boolean => subnet !== undefined || links.length > 0;

/**
 * A target that reaches itself: without a rewritten source it would hear from itself, whoever translated
 * the connection. So the pair of addresses tells enough, but for the forwards to it that forbid it.
 *
 *     ip saddr . ip daddr @pf_self4 masquerade
 */
function lowerAlone(bindings: readonly RuleBinding[], never: readonly RuleBinding[]): Membership {
  const targets = new Map(bindings.map((binding) => [binding.forward.target.address, binding]));
  const forbidden = memberships(
    never.filter(({ forward }) => targets.has(forward.target.address)),
    'never',
    { kind: 'return' },
  );
  const parts = FAMILIES.map((family) =>
    lowerPairs(
      [...targets.values()].filter((binding) => binding.forward.family === family),
      family,
    ),
  );
  return {
    sets: [...forbidden.sets, ...parts.flatMap(({ sets }) => sets)],
    rules: [...forbidden.rules, ...parts.flatMap(({ rules }) => rules)],
  };
}

function lowerPairs(bindings: readonly RuleBinding[], family: Family): Membership {
  if (bindings.length === 0) return { sets: [], rules: [] };
  const set = `pf_self${DIGIT[family]}`;
  const type = [ADDRESS_TYPE[family], ADDRESS_TYPE[family]] as const;
  const elements = bindings.map(({ forward: { target }, listen }) => ({
    key: [target.address, target.address],
    origin: listen.path,
  }));
  const match: Match = { kind: 'in-set', key: [SADDR[family], DADDR[family]], set };
  return {
    sets: [{ name: set, type, interval: false, elements }],
    rules: [{ match: [match], statement: MASQUERADING }],
  };
}

function memberships(bindings: readonly RuleBinding[], name: string, statement: Statement): Membership {
  const parts = groupByInterface(bindings).flatMap((group) =>
    FAMILIES.map((family) => lowerMembership(group, family, name, statement)),
  );
  return { sets: parts.flatMap(({ sets }) => sets), rules: parts.flatMap(({ rules }) => rules) };
}
