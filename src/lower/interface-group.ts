import type { RuleBinding } from './binding.ts';
import { groupBy } from '../model/group-by.ts';
import type { Match } from '../ruleset/ruleset.ts';
import { IIFNAME, inValues } from './fields.ts';

/** The bindings with the same interfaces. Each group has maps of its own, behind one `iifname` match. */
export interface InterfaceGroup {
  /**
   * Part of the names of the group's objects: empty for the bindings without an interface, else `in1_`, `in2_`, …; for
   * those that listen on an interface `on1_`, `on2_`, …
   */
  readonly label: string;
  readonly interfaces: readonly string[];
  readonly bindings: readonly RuleBinding[];
}

/** Without the bindings that listen on an interface, which listen-group.ts has. */
export function groupByInterface(bindings: readonly RuleBinding[]): InterfaceGroup[] {
  const others = bindings.filter(({ listen }) => listen.interface === undefined);
  const groups = [...groupBy(others, ({ forward }) => [...forward.interfaces].sort().join(' ')).values()];
  const withInterface = groups.filter((group) => interfacesOf(group).length > 0);
  const anyInterface = groups.filter((group) => interfacesOf(group).length === 0);
  return [
    ...withInterface.map((group, index) => ({
      label: `in${index + 1}_`,
      interfaces: interfacesOf(group),
      bindings: group,
    })),
    ...anyInterface.map((group) => ({ label: '', interfaces: [], bindings: group })),
  ];
}

/**
 * One match for all plain names and one for each wildcard, since nft before 1.0.6 refuses a wildcard inside a set.
 * Without an interface: one rule without a match.
 *
 *     iifname { "eth0", "eth1" }
 *     iifname "ppp*"
 */
export function interfaceMatches(interfaces: readonly string[]): (readonly Match[])[] {
  if (interfaces.length === 0) return [[]];
  const plain = interfaces.filter((name) => !name.endsWith('*'));
  const wildcards = interfaces.filter((name) => name.endsWith('*'));
  return [...(plain.length === 0 ? [] : [plain]), ...wildcards.map((name) => [name])].map((names) => [
    inValues(IIFNAME, names),
  ]);
}

const interfacesOf = (group: readonly RuleBinding[]): readonly string[] => group[0]?.forward.interfaces ?? [];
