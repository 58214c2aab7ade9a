import { isLocal, onLinkPrefix, type HostFacts } from '../model/host-facts.ts';
import type { Chain, Element, Family, Match, NamedSet, RegularChain, Rule } from '../ruleset/ruleset.ts';
import type { Claim } from './claim.ts';
import { ADDRESS_TYPE, DADDR, DIGIT, OIFNAME, SADDR } from './fields.ts';
import { groupByInterface } from './interface-group.ts';
import { lowerMembership, type Membership } from './membership.ts';

const MASQUERADE = 'pf_masquerade';
const HAIRPIN = 'pf_hairpin';
const FAMILIES = ['ip', 'ip6'] as const;

/** Before the masquerading of others, which stands at srcnat (100). */
const PRIORITY = 95;

/** Source NAT, only where the reply could not come back, or where it is asked for. */
export function lowerMasquerade(
  claims: readonly Claim[],
  facts?: HostFacts,
): { readonly sets: NamedSet[]; readonly chains: Chain[] } {
  const always = memberships(
    claims.filter(({ masquerade }) => masquerade === 'always'),
    'always',
  );
  const auto = claims.filter(
    ({ masquerade, target }) => masquerade === 'auto' && !(facts !== undefined && isLocal(facts, target.address)),
  );
  const pairs = FAMILIES.map((family) =>
    lowerPairs(
      auto.filter((claim) => claim.family === family),
      family,
      facts,
    ),
  );
  const members = memberships(auto, 'hairpin');
  const rules = [...fromLoopback(claims), ...always.rules, ...pairs.flatMap((pair) => pair.rules)];
  if (rules.length === 0) return { sets: [], chains: [] };
  return {
    sets: [...always.sets, ...pairs.flatMap((pair) => pair.sets), ...members.sets],
    chains: [
      ...(auto.length === 0 ? [] : [hairpin(members.rules)]),
      { kind: 'regular', name: MASQUERADE, rules },
      { kind: 'base', name: 'postrouting', type: 'nat', hook: 'postrouting', priority: PRIORITY, rules: [entry] },
    ],
  };
}

// ct status dnat oifname != "lo" jump pf_masquerade
const entry: Rule = {
  match: [{ kind: 'ct-dnat' }, { kind: 'compare', field: OIFNAME, op: '!=', value: 'lo' }],
  statement: { kind: 'jump', chain: MASQUERADE },
};

/** The host's own addresses are its own whichever it speaks from: the reply finds the way back. */
const hairpin = (rules: readonly Rule[]): RegularChain => ({
  kind: 'regular',
  name: HAIRPIN,
  rules: [{ match: [{ kind: 'local', of: 'saddr' }], statement: { kind: 'return' } }, ...rules],
});

// ip saddr 127.0.0.0/8 masquerade
const fromLoopback = (claims: readonly Claim[]): Rule[] =>
  claims.some((claim) => claim.fromLoopback && claim.masquerade !== 'never')
    ? [{ match: [from(SADDR.ip, '127.0.0.0/8')], statement: { kind: 'masquerade' } }]
    : [];

function memberships(claims: readonly Claim[], name: string): Membership {
  const parts = groupByInterface(claims).flatMap((group) =>
    FAMILIES.map((family) => lowerMembership(group, family, name, { kind: 'masquerade' })),
  );
  return { sets: parts.flatMap(({ sets }) => sets), rules: parts.flatMap(({ rules }) => rules) };
}

/**
 * The reply goes around this host when client and target are neighbours, or are one machine.
 *
 *     ip saddr 10.0.0.0/24 ip daddr 10.0.0.0/24 goto pf_hairpin
 *     ip saddr . ip daddr @pf_self4 goto pf_hairpin
 */
function lowerPairs(claims: readonly Claim[], family: Family, facts?: HostFacts): Membership {
  const targets = new Map(claims.map((claim) => [claim.target.address, claim]));
  const prefixes = new Set<string>();
  const alone: Element[] = [];
  for (const [address, { origin }] of targets) {
    const prefix = facts === undefined ? undefined : onLinkPrefix(facts, address);
    if (prefix === undefined) alone.push({ key: [address, address], origin });
    else prefixes.add(prefix);
  }
  const set = `pf_self${DIGIT[family]}`;
  const type = [ADDRESS_TYPE[family], ADDRESS_TYPE[family]] as const;
  return {
    sets: alone.length === 0 ? [] : [{ name: set, type, interval: false, elements: alone }],
    rules: [
      ...[...prefixes].map((prefix): Rule => ({
        match: [from(SADDR[family], prefix), from(DADDR[family], prefix)],
        statement: toHairpin,
      })),
      ...(alone.length === 0
        ? []
        : [{ match: [{ kind: 'in-set', key: [SADDR[family], DADDR[family]], set } as const], statement: toHairpin }]),
    ],
  };
}

const toHairpin = { kind: 'goto', chain: HAIRPIN } as const;

function from(field: (typeof SADDR)[Family], prefix: string): Match {
  const [address = '', length] = prefix.split('/');
  return { kind: 'compare', field, op: '==', value: { kind: 'prefix', address, length: Number(length) } };
}
