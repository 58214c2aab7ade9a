import type { Family } from '../../model/model.ts';
import type { BaseChain, Match, Rule } from '../../ruleset/ruleset.ts';
import { equals, IIFKIND, IIFNAME, inValues, notInValues, OIFNAME } from '../fields.ts';
import { differs, dropNew } from './rules.ts';
import { returnOn } from '../return-rules.ts';

export const LATE_GUARD = 'pf_late_guard';

/**
 * Guests of other programs are behind interfaces that appeared after portfwd turned routing on, and not all of them use
 * NAT: a routed network of libvirt, or guests with IPv6. What they send passes, unless it goes to the network of a target.
 * `known`: the other interfaces. They did not route before, and do not now. See `lateGuard`.
 *
 *     iifname != { "eth0", "in0" } oifname != "in0" return
 */
export const guestsOfOthers = (known: readonly string[], destinations: readonly string[]): Rule => ({
  match: [...notFrom(known), ...destinations.map((name) => differs(OIFNAME, name))],
  statement: { kind: 'return' },
});

/**
 * Containers and virtual machines. Other interfaces that appear later may be uplinks.
 *
 *     iifname != { "eth0", "in0" } meta iifkind "bridge" return
 */
export const lateBridges = (known: readonly string[]): Rule => ({
  match: [...notFrom(known), equals(IIFKIND, 'bridge')],
  statement: { kind: 'return' },
});

/**
 * An interface that appears later belongs to guests, or it is an uplink or a LAN: then its hosts reach others only by
 * forwards, even if another table masquerades everything. A physical interface has no kind. In a container every
 * interface is a veth, so the names of uplinks count too.
 *
 *     ct status dnat return
 *     iifname { "eth0", "in0" } return
 *     iifname != "eth*" … meta iifkind { "bridge", "veth" } return
 *     ct state invalid,new,untracked counter drop
 */
export const lateGuard = (
  families: readonly Family[],
  before: readonly string[],
  known: readonly string[],
  routed: readonly Rule[],
): BaseChain => ({
  kind: 'base',
  name: LATE_GUARD,
  type: 'filter',
  hook: 'forward',
  priority: -8,
  rules: [
    returnOn({ kind: 'ct-dnat' }),
    // The first of these is read back: apply/sysctls/guard-in-kernel.ts.
    ...[before, known.filter((name) => !before.includes(name))]
      .filter((names) => names.length > 0)
      .map((names) => returnOn(inValues(IIFNAME, names))),
    ...routed,
    {
      match: [...UPLINK_NAMES.map((name) => differs(IIFNAME, name)), inValues(IIFKIND, GUEST_KINDS)],
      statement: { kind: 'return' },
    },
    ...dropNew(families, []),
  ],
});

/** As the kernel and systemd name them. */
const UPLINK_NAMES = ['en*', 'eth*', 'ppp*', 'wl*', 'ww*'];
const GUEST_KINDS = ['bridge', 'openvswitch', 'tun', 'veth', 'wireguard'];

const notFrom = (names: readonly string[]): Match[] => (names.length === 0 ? [] : [notInValues(IIFNAME, names)]);
