import { forwardingByUs, forwardingInterfaces } from '../model/routing/forwarding.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { enabledForwards, type Family, type Model } from '../model/model.ts';
import { routesTo } from '../model/routing/routes.ts';
import { gatewayLinksOf } from '../model/routing/uplinks.ts';
import type { BaseChain, Field, Match, Rule } from '../ruleset/ruleset.ts';
import { equals, FAMILIES, IIFKIND, IIFNAME, inValues, OIFNAME } from './fields.ts';
import { returnOn } from './return-rules.ts';

/** While the kernel holds this chain, routing is guarded. */
export const FORWARD_GUARD = 'pf_forward_guard';
export const UPLINK_GUARD = 'pf_uplink_guard';

/**
 * If portfwd turns IP forwarding on, the host must not become a router for other traffic (docs/netfilter.md, fact 12).
 * Two chains decide by what a packet is, not by a list of interfaces, since interfaces may appear long after the load.
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
      .flatMap(({ target }) => routesTo(facts, target.address).map((route) => route.interface)),
  ),
];

/** The guard for families that portfwd routes. `closed`: the links whose hosts reach others, and are reached, only by NAT. */
export function forwardGuard(families: readonly Family[], facts: HostFacts, closed: readonly string[]): BaseChain[] {
  const uplinks = gatewayLinksOf(facts);
  const routed = families.flatMap((family) => routedBefore(family, facts));
  const guests = guestsOfOthers(uplinks, closed);
  return [...uplinkGuard(families, uplinks, routed), translationGuard(families, [...routed, guests])];
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
 * Guests of other programs are on bridges, which may appear later, and not all of them use NAT: a routed network of
 * libvirt, or guests with IPv6. What they send passes, unless it goes to the network of a target.
 *
 *     meta iifkind "bridge" iifname != "in0" iifname != "eth0" oifname != "in0" return
 */
function guestsOfOthers(uplinks: readonly string[], closed: readonly string[]): Rule {
  const sources = [...new Set([...closed, ...uplinks])].sort();
  const destinations = closed.filter((name) => !uplinks.includes(name)).sort();
  return {
    match: [
      equals(IIFKIND, 'bridge'),
      ...sources.map((name) => differs(IIFNAME, name)),
      ...destinations.map((name) => differs(OIFNAME, name)),
    ],
    statement: { kind: 'return' },
  };
}

const differs = (field: Field, value: string): Match => ({ kind: 'compare', field, op: '!=', value });

/**
 * Clients outside reach only what a forward, or another program, translated for them, even if the administrator
 * masquerades everything that leaves. A bridge passes frames between its own ports to this hook too (br_netfilter).
 *
 *     ct status dnat return
 *     iifname "eth0" oifname != "eth0" ct state new counter drop
 */
function uplinkGuard(families: readonly Family[], uplinks: readonly string[], routed: readonly Rule[]): BaseChain[] {
  if (uplinks.length === 0) return [];
  const drops = uplinks.flatMap((name) => dropNew(families, [equals(IIFNAME, name), differs(OIFNAME, name)]));
  const rules = [returnOn({ kind: 'ct-dnat' }), ...routed, ...drops];
  return [{ kind: 'base', name: UPLINK_GUARD, type: 'filter', hook: 'forward', priority: -10, rules }];
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
 *     meta nfproto ipv4 ct state invalid,new counter drop
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
    ...dropNew(families, [], { kind: 'ct-invalid-or-new' }),
  ],
});

const dropNew = (families: readonly Family[], match: readonly Match[], state: Match = { kind: 'ct-new' }): Rule[] =>
  familyMatches(families).map((family) => ({
    match: [...match, ...family, state],
    statement: { kind: 'drop', counted: true },
  }));

/** Nothing, if portfwd routes both families. */
const familyMatches = (families: readonly Family[]): Match[][] =>
  families.length === FAMILIES.length ? [[]] : families.map((family) => [{ kind: 'family', family }]);
