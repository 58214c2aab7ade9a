import { isLocal, onLinkPrefix, type HostFacts } from '../model/host-facts.ts';
import type { Chain, Family, Match, NamedSet, Rule } from '../ruleset/ruleset.ts';
import type { Claim } from './claim.ts';
import { DADDR, OIFNAME, SADDR } from './fields.ts';
import { groupByInterface } from './interface-group.ts';
import { lowerMembership, type Membership, type Whose } from './membership.ts';

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
    'all',
  );
  const { near, far } = splitByNeighbourhood(
    claims.filter(({ masquerade }) => masquerade === 'auto'),
    facts,
  );
  const alone = memberships(far, 'self', 'self');
  const neighbours = memberships(
    near.map(({ claim }) => claim),
    'hairpin',
    'all',
  );
  const auto = [...alone.rules, ...neighbourRules(near)];
  const rules = [...fromLoopback(claims), ...always.rules, ...(auto.length === 0 ? [] : [ownAddress, ...auto])];
  if (rules.length === 0) return { sets: [], chains: [] };
  return {
    sets: [...always.sets, ...alone.sets, ...neighbours.sets],
    chains: [
      ...(near.length === 0 ? [] : [{ kind: 'regular', name: HAIRPIN, rules: neighbours.rules } as const]),
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

// ip saddr 127.0.0.0/8 masquerade
const fromLoopback = (claims: readonly Claim[]): Rule[] =>
  claims.some((claim) => claim.fromLoopback && claim.masquerade !== 'never')
    ? [{ match: [from('ip', SADDR, '127.0.0.0/8')], statement: { kind: 'masquerade' } }]
    : [];

/** Whichever of its addresses the host speaks from, the reply finds the way back: fib saddr type local return */
const ownAddress: Rule = { match: [{ kind: 'local', of: 'saddr' }], statement: { kind: 'return' } };

interface Near {
  readonly claim: Claim;
  readonly prefix: string;
}

/** Near: the target shares a subnet with this host, so its neighbours may be clients. Far: only itself is known. */
function splitByNeighbourhood(
  claims: readonly Claim[],
  facts?: HostFacts,
): { readonly near: Near[]; readonly far: Claim[] } {
  const near: Near[] = [];
  const far: Claim[] = [];
  const prefixes = new Map<string, string | undefined>();
  for (const claim of claims) {
    const { address } = claim.target;
    if (facts !== undefined && isLocal(facts, address)) continue;
    if (facts !== undefined && !prefixes.has(address)) prefixes.set(address, onLinkPrefix(facts, address));
    const prefix = prefixes.get(address);
    if (prefix === undefined) far.push(claim);
    else near.push({ claim, prefix });
  }
  return { near, far };
}

/**
 * The reply goes around this host when client and target are neighbours.
 *
 *     ip saddr 10.0.0.0/24 ip daddr 10.0.0.0/24 goto pf_hairpin
 */
function neighbourRules(near: readonly Near[]): Rule[] {
  const prefixes = new Map(near.map(({ claim, prefix }) => [prefix, claim.family]));
  return [...prefixes].map(([prefix, family]) => ({
    match: [from(family, SADDR, prefix), from(family, DADDR, prefix)],
    statement: { kind: 'goto', chain: HAIRPIN },
  }));
}

function memberships(claims: readonly Claim[], name: string, whose: Whose): Membership {
  const parts = groupByInterface(claims).flatMap((group) =>
    FAMILIES.map((family) => lowerMembership(group, family, name, whose)),
  );
  return { sets: parts.flatMap(({ sets }) => sets), rules: parts.flatMap(({ rules }) => rules) };
}

function from(family: Family, field: typeof SADDR, prefix: string): Match {
  const [address = '', length] = prefix.split('/');
  return {
    kind: 'compare',
    field: field[family],
    op: '==',
    value: { kind: 'prefix', address, length: Number(length) },
  };
}
