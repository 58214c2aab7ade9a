import { forwardingByUs, forwardingInterfaces, interfacesBefore } from '../../model/routing/forwarding.ts';
import { isLocal, type HostFacts } from '../../model/host-facts.ts';
import { enabledForwards, type Family, type Model } from '../../model/model.ts';
import { linksTo } from '../../model/routing/routes.ts';
import { gatewayLinksOf } from '../../model/routing/uplinks.ts';
import type { BaseChain, Match, Rule } from '../../ruleset/ruleset.ts';
import { DADDR, equals, IIFNAME, inPrefix, inValues, OIFNAME } from '../fields.ts';
import { differs, dropNew, NEW } from './rules.ts';
import { guestsOfOthers, lateBridges, lateGuard } from './late-guard.ts';
import { returnOn } from '../return-rules.ts';

/** While the kernel holds this chain, routing is guarded. */
export const FORWARD_GUARD = 'pf_forward_guard';
export const UPLINK_GUARD = 'pf_uplink_guard';
export const TARGET_GUARD = 'pf_target_guard';

/**
 * If portfwd turns IP forwarding on, the host must not become a router for other traffic (docs/netfilter.md, fact 12).
 * Its chains decide by what a packet is, not by a list of interfaces, since interfaces may appear long after the load.
 */
export function lowerForwardGuard(model: Model, facts?: HostFacts): BaseChain[] {
  const families = facts === undefined ? [] : forwardingByUs(model, facts);
  return facts === undefined || families.length === 0 ? [] : forwardGuard(families, facts, targetLinks(model, facts));
}

/** The interfaces to the targets on other hosts. */
export const targetLinks = (model: Model, facts: HostFacts): string[] => [
  ...new Set(
    enabledForwards(model)
      .filter(({ target }) => !isLocal(facts, target.address))
      .flatMap(({ target }) => linksTo(facts, target.address)),
  ),
];

/** The guard for families that portfwd routes. `closed`: the links whose hosts reach others, and are reached, only by NAT. */
export function forwardGuard(families: readonly Family[], facts: HostFacts, closed: readonly string[]): BaseChain[] {
  const uplinks = gatewayLinksOf(facts);
  const routed = families.flatMap((family) => routedBefore(family, facts));
  const links = closed.filter((name) => !uplinks.includes(name)).sort();
  const subnets = families.flatMap((family) => subnetsOf(family, uplinks, closed, facts));
  const before = [...interfacesBefore(facts)].sort();
  const known = [...new Set([...before, ...closed, ...uplinks])].sort();
  const lans = uplinks.length === 0 ? [] : before.filter((name) => !uplinks.includes(name) && !links.includes(name));
  return [
    ...uplinkGuard(families, uplinks, routed),
    ...targetGuard(families, { links, subnets, lans }, [...routed, lateBridges(known)]),
    lateGuard(families, before, known, routed),
    translationGuard(families, [...routed, guestsOfOthers(known, links)]),
  ];
}

/**
 * Between these interfaces, packets and their answers were forwarded before portfwd turned forwarding on.
 *
 *     meta nfproto ipv4 iifname { "eth1", "eth2" } oifname { "eth1", "eth2" } return
 */
function routedBefore(family: Family, facts: HostFacts): Rule[] {
  const names = forwardingInterfaces(facts, family).sort();
  if (names.length === 0) return [];
  const between = [inValues(IIFNAME, names), inValues(OIFNAME, names)];
  return [{ match: [{ kind: 'family', family }, ...between], statement: { kind: 'return' } }];
}

/**
 * Clients outside reach only what a forward, or another program, translated for them, even if the administrator
 * masquerades everything that leaves. A bridge passes frames between its own ports to this hook too (br_netfilter).
 *
 *     ct status dnat return
 *     iifname "eth0" oifname != "eth0" ct state invalid,new,untracked counter drop
 *     meta nfproto ipv6 fib saddr type local ct state invalid,new,untracked counter drop
 */
function uplinkGuard(families: readonly Family[], uplinks: readonly string[], routed: readonly Rule[]): BaseChain[] {
  const drops = [
    ...uplinks.flatMap((name) => dropNew(families, [equals(IIFNAME, name), differs(OIFNAME, name)])),
    ...dropForged(families),
  ];
  if (drops.length === 0) return [];
  const rules = [returnOn({ kind: 'ct-dnat' }), ...routed, ...drops];
  return [{ kind: 'base', name: UPLINK_GUARD, type: 'filter', hook: 'forward', priority: -10, rules }];
}

/**
 * What others send with an address of this host as its source. The kernel itself drops such IPv4 packets. The packets
 * of this host, and of its tunnels, do not pass the forward hook.
 */
const dropForged = (families: readonly Family[]): Rule[] =>
  families.includes('ip6')
    ? [
        {
          match: [{ kind: 'family', family: 'ip6' }, { kind: 'fib-local', of: 'saddr' }, NEW],
          statement: { kind: 'drop', counted: true },
        },
      ]
    : [];

interface Closed {
  /** Of targets, and no uplinks. */
  readonly links: readonly string[];
  /** Of targets on the links of uplinks. */
  readonly subnets: readonly Subnet[];
  /** Other networks behind this host. */
  readonly lans: readonly string[];
}

/**
 * An uplink may appear after the load, so the links of targets are closed to all other interfaces, even if another table
 * masquerades everything. Guests on bridges pass. If the link is an uplink itself, only its subnets are closed. A target
 * does not reach other networks behind this host either.
 *
 *     ct status dnat return
 *     iifname != { "eth0", "in0", "lan0" } meta iifkind "bridge" return
 *     oifname "in0" iifname != "in0" ct state invalid,new,untracked counter drop
 *     oifname "eth0" iifname != "eth0" ip daddr 192.168.1.0/24 ct state invalid,new,untracked counter drop
 *     iifname "in0" oifname "lan0" ct state invalid,new,untracked counter drop
 */
function targetGuard(
  families: readonly Family[],
  { links, subnets, lans }: Closed,
  passing: readonly Rule[],
): BaseChain[] {
  if (links.length + subnets.length === 0) return [];
  const drops = [
    ...links.flatMap((name) => dropNew(families, into(name))),
    ...subnets.map(({ family, name, prefix }): Rule => ({
      match: [...into(name), inPrefix(DADDR[family], prefix), NEW],
      statement: { kind: 'drop', counted: true },
    })),
    ...(links.length === 0 || lans.length === 0
      ? []
      : dropNew(families, [inValues(IIFNAME, links), inValues(OIFNAME, lans)])),
  ];
  const rules = [returnOn({ kind: 'ct-dnat' }), ...passing, ...drops];
  return [{ kind: 'base', name: TARGET_GUARD, type: 'filter', hook: 'forward', priority: -9, rules }];
}

const into = (name: string): Match[] => [equals(OIFNAME, name), differs(IIFNAME, name)];

interface Subnet {
  readonly family: Family;
  readonly name: string;
  readonly prefix: string;
}

/** Of uplinks that are links of targets, too. Packets with a link-local address are not forwarded. */
function subnetsOf(
  family: Family,
  uplinks: readonly string[],
  closed: readonly string[],
  { onLink }: HostFacts,
): Subnet[] {
  const isHere = (prefix: string) => prefix.includes(':') === (family === 'ip6') && !/^fe80:|\/0$/.test(prefix);
  return uplinks
    .filter((name) => closed.includes(name))
    .flatMap((name) => {
      const routes = onLink.filter((route) => route.interface === name && isHere(route.prefix));
      return [...new Set(routes.map(({ prefix }) => prefix))].sort().map((prefix) => ({ family, name, prefix }));
    });
}

/**
 * A new connection passes if some program translated it. Containers, virtual machines and a LAN behind this host reach
 * other hosts by source NAT, which is known only after priority 100 of postrouting (docs/netfilter.md, fact 41). Packets
 * without an incoming interface were not routed: this host sent them, or a bridge passes them between its own ports. The
 * packets of a tunnel of this host have one, and an address of this host as their source (fact 42).
 *
 *     iif 0 return
 *     ct status snat,dnat return
 *     fib saddr type local return
 *     …
 *     meta nfproto ipv4 ct state invalid,new,untracked counter drop
 */
const translationGuard = (families: readonly Family[], routed: readonly Rule[]): BaseChain => ({
  kind: 'base',
  name: FORWARD_GUARD,
  type: 'filter',
  hook: 'postrouting',
  priority: 300,
  rules: [
    returnOn({ kind: 'not-routed' }),
    returnOn({ kind: 'ct-nat' }),
    returnOn({ kind: 'fib-local', of: 'saddr' }),
    ...routed,
    ...dropNew(families, []),
  ],
});
