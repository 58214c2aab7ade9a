import type { Finding } from '../../finding/finding.ts';
import { isLinkLocal } from '../../model/address.ts';
import { groupBy } from '../../model/group-by.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { networkOf } from '../../model/prefix.ts';
import { routesTo } from '../../model/routing/routes.ts';
import { hasService } from '../../model/routing/services.ts';
import { isLoopbackListen, type HostBinding } from '../binding.ts';
import { formatForwards, formatList } from '../name-list.ts';
import type { Observations, Replies, ReplyRoute, Uplink } from '../observations.ts';
import { shellWord } from '../printed-command.ts';
import { comesInThrough, exampleOf, isDefault } from './clients.ts';
import { restoresMarks } from './restored-marks.ts';

/**
 * The kernel routes a reply before it restores the address that the client connected to. So replies to clients of one
 * uplink leave through another one, whose provider may drop them, or are lost, unless connection marks select the route.
 */
export function diagnoseSecondUplink(
  bindings: readonly HostBinding[],
  facts: HostFacts,
  { replies, tables }: Observations,
): Finding[] {
  // The kernel was not asked if there is only one uplink, and no rule that can send replies elsewhere.
  if (replies === undefined || replies.routes.length === 0) return [];
  const marked = { prerouting: restoresMarks(tables, 'prerouting'), output: restoresMarks(tables, 'output') };
  const byTarget = groupBy(replies.routes, ({ target }) => target);
  const routesOf: RoutesOf = (binding) =>
    (byTarget.get(binding.forward.target.address) ?? []).filter(({ service }) => hasService(binding, service, facts));
  return replies.uplinks
    .filter((uplink) => !sharesRouter(uplink, replies, facts))
    .flatMap((uplink) => {
      const concerned = bindings.filter(
        (binding) =>
          hasStrangers(binding, uplink, facts) &&
          leavesElsewhere(uplink, routesOf(binding), marked[binding.local ? 'output' : 'prerouting']),
      );
      return finding(concerned, uplink, routesOf, replies);
    });
}

type RoutesOf = (binding: HostBinding) => readonly ReplyRoute[];

/** Two interfaces on the link of one router are one uplink. Routers of different links can have one link-local address. */
const sharesRouter = ({ family, router, interface: name }: Uplink, { uplinks }: Replies, facts: HostFacts): boolean =>
  router !== undefined &&
  uplinks
    .filter((other) => other.family === family && other.router === router && other.interface !== name)
    .some((other) => !isLinkLocal(router) || shareSubnet(name, other.interface, facts));

/** Of a family without targets, the facts have addresses and no prefixes. */
function shareSubnet(one: string, other: string, { onLink, addresses }: HostFacts): boolean {
  const all = [
    ...onLink,
    ...addresses.map((entry) => ({ ...entry, prefix: networkOf(entry.address, entry.prefixLength) })),
  ];
  const subnets = all.filter((route) => route.interface === one && !route.prefix.startsWith('fe80:'));
  return subnets.some(({ prefix }) => all.some((route) => route.prefix === prefix && route.interface === other));
}

/** Clients that only a default route reaches come in through the uplink. */
function hasStrangers({ forward, listen, ...binding }: HostBinding, uplink: Uplink, facts: HostFacts): boolean {
  if (forward.family !== uplink.family || isLoopbackListen({ forward, listen, ...binding })) return false;
  if (!comesInThrough(forward, [uplink.interface])) return false;
  const owners = facts.addresses.filter(({ address }) => address === listen.address).map((entry) => entry.interface);
  if (owners.length > 0 && !owners.includes(uplink.interface)) return false;
  return forward.from.length === 0 || forward.from.some((client) => isFar(client, facts));
}

const isFar = (client: string, facts: HostFacts): boolean =>
  routesTo(facts, exampleOf(client)).some(({ prefix }) => isDefault(prefix));

/** Without an answer of the kernel nothing is said. */
const leavesElsewhere = (uplink: Uplink, routes: readonly ReplyRoute[], marked: boolean): boolean =>
  routes.length > 0 &&
  !routes.some(
    ({ mark, interfaces }) =>
      (mark === undefined || marked) && interfaces.length > 0 && interfaces.every((name) => name === uplink.interface),
  );

function finding(concerned: readonly HostBinding[], uplink: Uplink, routesOf: RoutesOf, replies: Replies): Finding[] {
  return concerned.slice(0, 1).map((binding) => {
    const { interfaces: taken = [], lost } = routesOf(binding).find(({ mark }) => mark === undefined) ?? {};
    const fate =
      lost === undefined
        ? `the replies leave through ${formatList([...new Set(taken)])}, because the kernel routes them by the address of the target; the provider there may drop them`
        : `the kernel drops the replies of the target: ${lost}`;
    return {
      code: 'host/return-path',
      message: `connections to ${formatForwards(concerned)} that come in through ${uplink.interface}: ${fate}`,
      remedy: `mark the connections of ${uplink.interface} and route their replies by the mark, as docs/recipes.md shows: ${commands(uplink, replies)}`,
      path: binding.listen.path,
    };
  });
}

/** The route stops the commands if the table has a default route already. */
function commands({ interface: name, router, table, family }: Uplink, { routes }: Replies): string {
  const mark = freeBit(routes.flatMap(({ mark: used }) => used ?? []));
  const masked = `& ${mark} == ${mark}`;
  const ip = family === 'ip' ? 'ip' : 'ip -6';
  const word = shellWord(name);
  const rules = [
    `chain prerouting { type filter hook prerouting priority -150; iifname "${name}" ct state new ct mark set ct mark | ${mark}; iifname != "${name}" ct mark ${masked} meta mark set meta mark | ${mark}; }`,
    `chain output { type route hook output priority -150; ct mark ${masked} meta mark set meta mark | ${mark}; }`,
  ];
  const to = router === undefined ? `dev ${word}` : `via ${router} dev ${word}`;
  return [
    ...(table === undefined ? [`${ip} route add default ${to} table ${mark}`] : []),
    `${ip} rule add fwmark ${mark}/${mark} lookup ${table ?? mark}`,
    `nft ${shellWord(`table inet uplinks { ${rules.join('; ')}; }`)}`,
  ].join(' && ');
}

/** Marks are shared: another program may use the other bits, and those of its routing rules are known. */
function freeBit(used: readonly number[]): number {
  const bits = Array.from({ length: 31 }, (_, bit) => 2 ** ((bit + 9) % 31));
  return bits.find((bit) => used.every((mark) => (mark & bit) === 0)) ?? 0x200;
}
