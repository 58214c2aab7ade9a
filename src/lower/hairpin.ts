import { groupBy } from '../model/group-by.ts';
import type { ReplyPath } from '../model/reply-path.ts';
import type { NamedSet, Rule } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { ADDRESS_TYPE, DADDR, DIGIT, inPrefix, SADDR } from './fields.ts';
import type { Membership } from './membership.ts';

/** The chain that recognises our own connections among those of neighbours. */
export const HAIRPIN = 'pf_hairpin';

export interface Near {
  readonly binding: RuleBinding;
  readonly hood: ReplyPath;
}

/** The reply goes around this host: between neighbours, and from behind a router to whom it knows. */
export function lowerNeighbours(near: readonly Near[]): Membership {
  const onLink = near.filter(({ hood }) => !hood.routed);
  const routed = near.filter(({ hood }) => hood.routed);
  const groups = [...groupBy(routed, ({ hood }) => hood).values()].map(lowerRouted);
  return {
    sets: groups.flatMap(({ sets }) => sets),
    rules: [...onLinkRules(onLink), ...groups.flatMap(({ rules }) => rules)],
  };
}

/** ip saddr 10.0.0.0/24 ip daddr 10.0.0.0/24 goto pf_hairpin */
function onLinkRules(near: readonly Near[]): Rule[] {
  const prefixes = new Map(near.map(({ binding, hood }) => [hood.subnet ?? '', binding.forward.family]));
  return [...prefixes].map(([prefix, family]) => ({
    match: [inPrefix(SADDR[family], prefix), inPrefix(DADDR[family], prefix)],
    statement: { kind: 'goto', chain: HAIRPIN },
  }));
}

/**
 * The targets of one route: the router answers the machines on its link, and those that it leads to, by itself.
 * What the host reaches by another way it is likely to send back here.
 *
 *     ip saddr 10.0.0.0/24 ip daddr @pf_routed1_4 goto pf_hairpin
 *     ip saddr 10.7.9.0/24 ip daddr @pf_routed1_4 return
 *     ip saddr 10.7.0.0/16 ip daddr @pf_routed1_4 goto pf_hairpin
 */
function lowerRouted(near: readonly Near[], index: number): Membership {
  const [{ binding, hood }] = near as readonly [Near];
  const { family } = binding.forward;
  const set = `pf_routed${index + 1}_${DIGIT[family]}`;
  const rule = (prefix: string, statement: Rule['statement']): Rule => ({
    match: [inPrefix(SADDR[family], prefix), { kind: 'in-set', key: [DADDR[family]], set }],
    statement,
  });
  const toHairpin = { kind: 'goto', chain: HAIRPIN } as const;
  return {
    sets: [{ name: set, type: [ADDRESS_TYPE[family]], interval: false, elements: targetsOf(near) }],
    rules: [
      ...hood.links.map((prefix) => rule(prefix, toHairpin)),
      ...hood.exceptions.map((prefix) => rule(prefix, { kind: 'return' })),
      ...(hood.subnet === undefined ? [] : [rule(hood.subnet, toHairpin)]),
    ],
  };
}

const targetsOf = (near: readonly Near[]): NamedSet['elements'] => {
  const targets = new Map(near.map(({ binding }) => [binding.forward.target.address, binding.listen.path]));
  return [...targets].map(([address, origin]) => ({ key: [address], origin }));
};
