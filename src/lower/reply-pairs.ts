import { groupBy } from '../model/group-by.ts';
import { prefixesAround } from '../model/prefix.ts';
import type { ReplyPath } from '../model/routing/reply-path.ts';
import type { Element, Family, Statement } from '../ruleset/ruleset.ts';
import { joinSets, type SetRules } from './connection-set.ts';
import { TO_HAIRPIN, type DirectReply } from './direct-reply.ts';
import { ADDRESS_TYPE, DIGIT, FAMILIES, networkField } from './fields.ts';

/**
 * Pairs of a prefix of clients and a target, in a hash for each length of these prefixes. So the number of rules does not
 * grow with the number of prefixes. The order of the rules is that of a single target: the subnets of its router, then
 * the exceptions from the target's subnet, then this subnet.
 *
 *     ip saddr & 255.255.255.0 . ip daddr @pf_beside24_4 goto pf_hairpin
 *     ip saddr & 255.255.128.0 . ip daddr & 255.255.0.0 @pf_elsewhere17_16_4 return
 *     ip saddr & 255.255.0.0 . ip daddr @pf_same16_4 goto pf_hairpin
 */
export const lowerReplyPairs = (direct: readonly DirectReply[]): SetRules =>
  joinSets(FAMILIES.map((family) => lowerFamily(targetsOf(direct, family), family)));

interface Target {
  /** The target as a prefix: `10.0.0.2/32` */
  readonly prefix: string;
  readonly replyPath: ReplyPath;
  readonly origin: Element['origin'];
}

function targetsOf(direct: readonly DirectReply[], family: Family): Target[] {
  const targets = new Map<string, Target>();
  for (const { binding, replyPath } of direct) {
    const { forward, listen } = binding;
    if (forward.family !== family) continue;
    const prefix = `${forward.target.address}/${family === 'ip' ? 32 : 128}`;
    targets.set(prefix, { prefix, replyPath, origin: listen.path });
  }
  return [...targets.values()];
}

/**
 * Longer subnets first: a target in a subnet within another one is decided before the exceptions of the outer subnet, which
 * name the subnet and not its targets.
 */
function lowerFamily(targets: readonly Target[], family: Family): SetRules {
  const crossed = crossedPaths(targets);
  const inSubnets = targets.filter(({ replyPath }) => replyPath.subnet !== undefined);
  const byLength = [...groupBy(inSubnets, ({ replyPath }) => lengthOf(replyPath.subnet))].sort(([a], [b]) => b - a);
  return joinSets([
    lowerPairs('beside', linkPairs(targets), TO_HAIRPIN, family),
    lowerPairs('elsewhere', exceptionPairs(inSubnets.filter(isIn(crossed))), RETURN, family),
    ...byLength.flatMap(([, some]) => [
      lowerPairs('elsewhere', subnetExceptionPairs(some.filter((target) => !isIn(crossed)(target))), RETURN, family),
      lowerPairs('same', subnetPairs(some), TO_HAIRPIN, family),
    ]),
  ]);
}

const RETURN = { kind: 'return' } as const;

const isIn =
  (paths: ReadonlySet<ReplyPath>) =>
  ({ replyPath }: Target): boolean =>
    paths.has(replyPath);

interface Pair {
  readonly clients: string;
  readonly targets: string;
  readonly origin: Element['origin'];
}

const linkPairs = (targets: readonly Target[]): Pair[] =>
  targets.flatMap((target) => target.replyPath.links.map((clients) => pairOf(clients, target)));

const subnetPairs = (targets: readonly Target[]): Pair[] =>
  targets.map((target) => pairOf(target.replyPath.subnet ?? '', target));

const exceptionPairs = (targets: readonly Target[]): Pair[] =>
  targets.flatMap((target) => target.replyPath.exceptions.map((clients) => pairOf(clients, target)));

/** There can be many exceptions and many targets in a subnet, so these pairs have the subnet in place of its targets. */
const subnetExceptionPairs = (targets: readonly Target[]): Pair[] =>
  exceptionPairs(
    [...new Map(targets.map((target) => [target.replyPath, target])).values()].map((target) => ({
      ...target,
      prefix: target.replyPath.subnet ?? '',
    })),
  );

const pairOf = (clients: string, { prefix, origin }: Target): Pair => ({ clients, targets: prefix, origin });

/** The reply paths with exceptions whose subnet contains a target with another path that no rule decides earlier. */
function crossedPaths(targets: readonly Target[]): ReadonlySet<ReplyPath> {
  const paths = [...new Set(targets.map(({ replyPath }) => replyPath))].filter(
    ({ exceptions }) => exceptions.length > 0,
  );
  if (paths.length === 0) return new Set();
  const bySubnet = groupBy(paths, ({ subnet = '' }) => subnet);
  const around = prefixesAround([...bySubnet.keys()]);
  const crossed = new Set<ReplyPath>();
  for (const { prefix, replyPath } of targets)
    for (const subnet of around(prefix.split('/')[0] ?? ''))
      for (const path of bySubnet.get(subnet) ?? [])
        if (path !== replyPath && lengthOf(replyPath.subnet) <= lengthOf(subnet)) crossed.add(path);
  return crossed;
}

/** Of a target without a subnet no rule of a subnet decides, so its length is above all others. */
const lengthOf = (prefix = '/Infinity'): number => Number(prefix.slice(prefix.indexOf('/') + 1));

/** A set and a rule for each combination of lengths. */
const lowerPairs = (name: string, pairs: readonly Pair[], statement: Statement, family: Family): SetRules =>
  joinSets(
    [...groupBy(pairs, ({ clients, targets }) => `${lengthOf(clients)}_${lengthOf(targets)}`).values()].map(
      (some: readonly Pair[]) => {
        const [{ clients, targets }] = some as readonly [Pair];
        const [ofClients, ofTargets] = [lengthOf(clients), lengthOf(targets)];
        const isWhole = ofTargets === (family === 'ip' ? 32 : 128);
        const set = `pf_${name}${ofClients}_${isWhole ? '' : `${ofTargets}_`}${DIGIT[family]}`;
        const type = [ADDRESS_TYPE[family], ADDRESS_TYPE[family]] as const;
        const elements = some.map((pair) => ({
          key: [addressOf(pair.clients), addressOf(pair.targets)],
          origin: pair.origin,
        }));
        const key = [networkField(family, 'saddr', ofClients), networkField(family, 'daddr', ofTargets)] as const;
        return {
          sets: [{ name: set, type, interval: false, elements }],
          rules: [{ match: [{ kind: 'in-set', key, set }], statement }],
        };
      },
    ),
  );

const addressOf = (prefix: string): string => prefix.slice(0, prefix.indexOf('/'));
