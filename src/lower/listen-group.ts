import { listenOrderKey } from '../model/binding.ts';
import { groupBy } from '../model/group-by.ts';
import { coversInterface } from '../model/interface-name.ts';
import type { Match } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { IIFNAME } from './fields.ts';
import { interfaceMatches, type InterfaceGroup } from './interface-group.ts';

/** The bindings that listen on the addresses of the same interface, and come in through the same interfaces. */
export interface ListenGroup extends InterfaceGroup {
  /** The interface whose addresses they listen on; it may end in `*`. */
  readonly listenInterface: string;
}

/** Where nft cannot tell the addresses of two interfaces apart, the first group wins. */
export function groupByListenInterface(bindings: readonly RuleBinding[]): ListenGroup[] {
  const groups = [...groupBy(bindings.filter(hasListenInterface), listenOrderKey)];
  return groups
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, group], index) => ({
      label: `on${index + 1}_`,
      listenInterface: group[0]?.listen.interface ?? '',
      interfaces: group[0]?.forward.interfaces ?? [],
      bindings: group,
    }));
}

const hasListenInterface = ({ listen }: RuleBinding): boolean => listen.interface !== undefined;

/**
 * Packets that come in through the interface itself, for an address that it has. Each is an alternative.
 *
 *     iifname "ppp0" fib daddr . iif type local
 */
export function matchesAtInterface({ listenInterface, interfaces }: ListenGroup): (readonly Match[])[] {
  const names = interfaces.filter((name) => coversInterface(listenInterface, name));
  const isWider = interfaces.length === 0 || interfaces.some((name) => coversInterface(name, listenInterface));
  const through = names.length === 0 && isWider ? [listenInterface] : names;
  return through.length === 0
    ? []
    : interfaceMatches(through).map((match) => [...match, { kind: 'fib-local', of: 'daddr', interface: 'iif' }]);
}

/**
 * Packets that come in through another interface, for an address that this other interface does not have: nft cannot
 * ask which interface has an address, only whether the one that the packet came in through does. Each is an alternative.
 *
 *     iifname != "ppp0" fib daddr type local fib daddr . iif type != local
 */
export function matchesElsewhere({ listenInterface, interfaces }: ListenGroup): (readonly Match[])[] {
  const others = interfaces.filter((name) => !coversInterface(listenInterface, name));
  if (others.length === 0 && interfaces.length > 0) return [];
  return interfaceMatches(others).map((match) => [
    ...match,
    { kind: 'compare', field: IIFNAME, op: '!=', value: listenInterface },
    { kind: 'fib-local', of: 'daddr' },
    { kind: 'fib-local', of: 'daddr', interface: 'iif', op: '!=' },
  ]);
}
