import { groupBy } from '../model/group-by.ts';
import { prefixesAround } from '../model/prefix.ts';
import type { ReplyPath } from '../model/routing/reply-path.ts';
import type { NamedSet, Rule } from '../ruleset/ruleset.ts';
import { joinSets, type SetRules } from './connection-set.ts';
import { TO_HAIRPIN, type DirectReply } from './direct-reply.ts';
import { ADDRESS_TYPE, DADDR, DIGIT, inPrefix, SADDR } from './fields.ts';
import { lowerReplyPairs } from './reply-pairs.ts';
import { lowerSplitWays } from './split-ways.ts';

/**
 * Sends connections to `pf_hairpin` if the reply would bypass this host (docs/netfilter.md, fact 5). A few rules are easy
 * to read. More of them would slow down each new connection.
 */
export function lowerHairpin(direct: readonly DirectReply[]): SetRules {
  const split = direct.filter(({ leaves }) => leaves !== undefined);
  const usual = split.length === 0 ? direct : direct.filter(({ leaves }) => leaves === undefined);
  const lowerAll = (some: readonly DirectReply[]): SetRules => {
    const byPrefix = rulesBehindRouters(some) > MOST_RULES ? undefined : lowerPrefixes(some, split);
    return byPrefix === undefined || byPrefix.rules.length > MOST_RULES ? lowerReplyPairs(some) : byPrefix;
  };
  return joinSets([lowerSplitWays(split, lowerAll), lowerAll(usual)]);
}

const MOST_RULES = 16;

/** Those of `lowerPrefixes` for targets behind routers: there can be thousands. */
function rulesBehindRouters(direct: readonly DirectReply[]): number {
  const paths = new Set(direct.map(({ replyPath }) => replyPath).filter(({ routed }) => routed));
  return [...paths].reduce((sum, path) => sum + rulesOf(path), 0);
}

const rulesOf = ({ links, exceptions, subnet }: ReplyPath): number =>
  links.length + exceptions.length + (subnet === undefined ? 0 : 1);

/** A rule for each prefix. */
function lowerPrefixes(direct: readonly DirectReply[], split: readonly DirectReply[]): SetRules {
  const mixed = mixedSubnets(direct, split);
  const whole = direct.filter(({ replyPath }) => !replyPath.routed && !mixed.has(replyPath.subnet));
  const listed = direct.filter(({ replyPath }) => replyPath.routed || mixed.has(replyPath.subnet));
  const byRoute = [...groupBy(listed, ({ replyPath }) => replyPath).values()];
  return joinSets([{ sets: [], rules: sameSubnetRules(whole) }, ...byRoute.map(lowerRoute)]);
}

/**
 * The on-link subnets that also contain a target which the host reaches another way, such as a container with a route of
 * its own, or one to which only some packets go that way (`split`). Their rules must list the targets that are really on
 * the link.
 */
function mixedSubnets(direct: readonly DirectReply[], split: readonly DirectReply[]): ReadonlySet<string | undefined> {
  const subnets = new Set(direct.filter(({ replyPath }) => !replyPath.routed).map(({ replyPath }) => replyPath.subnet));
  const around = prefixesAround([...subnets].filter((subnet) => subnet !== undefined));
  const mixed = new Set<string>();
  if (split.length === 0 && subnets.size === 1 && direct.every(({ replyPath }) => !replyPath.routed)) return mixed;
  for (const { binding } of split) for (const subnet of around(binding.forward.target.address)) mixed.add(subnet);
  for (const { binding, replyPath } of direct)
    for (const subnet of around(binding.forward.target.address))
      if (replyPath.routed || replyPath.subnet !== subnet) mixed.add(subnet);
  return mixed;
}

/** ip saddr 10.0.0.0/24 ip daddr 10.0.0.0/24 goto pf_hairpin */
function sameSubnetRules(direct: readonly DirectReply[]): Rule[] {
  const subnets = new Map(
    direct.map(({ binding, replyPath }) => [replyPath.subnet ?? '', binding.forward.family] as const),
  );
  return [...subnets].map(([subnet, family]) => ({
    match: [inPrefix(SADDR[family], subnet), inPrefix(DADDR[family], subnet)],
    statement: TO_HAIRPIN,
  }));
}

/**
 * The targets behind one router. The router itself delivers replies to its own subnets and to the prefix of the route.
 * Clients that the host reaches by another route are excepted: replies to them probably pass this host.
 *
 *     ip saddr 10.0.0.0/24 ip daddr @pf_routed1_4 goto pf_hairpin
 *     ip saddr 10.7.9.0/24 ip daddr @pf_routed1_4 return
 *     ip saddr 10.7.0.0/16 ip daddr @pf_routed1_4 goto pf_hairpin
 *
 * The same for the targets on one link, if the rule of their subnet would catch others too.
 */
function lowerRoute(direct: readonly DirectReply[], index: number): SetRules {
  const [{ binding, replyPath }] = direct as readonly [DirectReply];
  const { family } = binding.forward;
  const set = `pf_routed${index + 1}_${DIGIT[family]}`;
  const rule = (clients: string, statement: Rule['statement']): Rule => ({
    match: [inPrefix(SADDR[family], clients), { kind: 'in-set', key: [DADDR[family]], set }],
    statement,
  });
  return {
    sets: [{ name: set, type: [ADDRESS_TYPE[family]], interval: false, elements: targetsOf(direct) }],
    rules: [
      ...replyPath.links.map((prefix) => rule(prefix, TO_HAIRPIN)),
      ...replyPath.exceptions.map((prefix) => rule(prefix, { kind: 'return' })),
      ...(replyPath.subnet === undefined ? [] : [rule(replyPath.subnet, TO_HAIRPIN)]),
    ],
  };
}

function targetsOf(direct: readonly DirectReply[]): NamedSet['elements'] {
  const targets = new Map(direct.map(({ binding }) => [binding.forward.target.address, binding.listen.path]));
  return [...targets].map(([address, origin]) => ({ key: [address], origin }));
}
