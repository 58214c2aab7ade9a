import { groupBy } from '../model/group-by.ts';
import type { Match } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { IIFNAME, oneOf } from './fields.ts';

/** The bindings that share their interfaces: each group has maps of its own behind one `iifname` match. */
export interface InterfaceGroup {
  /** Put into the names of the group's objects: none for the bindings without an interface, else `in1_`, `in2_`, … */
  readonly label: string;
  readonly interfaces: readonly string[];
  readonly bindings: readonly RuleBinding[];
}

export function groupByInterface(bindings: readonly RuleBinding[]): InterfaceGroup[] {
  const groups = [...groupBy(bindings, ({ forward }) => [...forward.interfaces].sort().join(' ')).values()];
  const bound = groups.filter((group) => interfacesOf(group).length > 0);
  const free = groups.filter((group) => interfacesOf(group).length === 0);
  return [
    ...bound.map((group, index) => ({ label: `in${index + 1}_`, interfaces: interfacesOf(group), bindings: group })),
    ...free.map((group) => ({ label: '', interfaces: [], bindings: group })),
  ];
}

/**
 * One match for the plain names, one for each prefix: nft before 1.0.6 refuses a prefix inside a set.
 * No interface at all is one empty match.
 */
export function interfaceMatches({ interfaces }: InterfaceGroup): (readonly Match[])[] {
  if (interfaces.length === 0) return [[]];
  const plain = interfaces.filter((name) => !name.endsWith('*'));
  const prefixes = interfaces.filter((name) => name.endsWith('*'));
  return [...(plain.length === 0 ? [] : [plain]), ...prefixes.map((name) => [name])].map((names) => [
    oneOf(IIFNAME, names),
  ]);
}

const interfacesOf = (group: readonly RuleBinding[]): readonly string[] => group[0]?.forward.interfaces ?? [];
