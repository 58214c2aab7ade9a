import { groupBy } from '../model/group-by.ts';
import type { Match } from '../ruleset/ruleset.ts';
import type { Claim } from './binding.ts';
import { IIFNAME, oneOf } from './fields.ts';

/** The claims that share their interfaces: each group has maps of its own behind one `iifname` match. */
export interface InterfaceGroup {
  /** Put into the names of the group's objects: none for the claims without an interface, else `in1_`, `in2_`, … */
  readonly label: string;
  readonly interfaces: readonly string[];
  readonly claims: readonly Claim[];
}

export function groupByInterface(claims: readonly Claim[]): InterfaceGroup[] {
  const groups = [...groupBy(claims, ({ interfaces }) => [...interfaces].sort().join(' ')).values()];
  const bound = groups.filter((group) => interfacesOf(group).length > 0);
  const free = groups.filter((group) => interfacesOf(group).length === 0);
  return [
    ...bound.map((group, index) => ({ label: `in${index + 1}_`, interfaces: interfacesOf(group), claims: group })),
    ...free.map((group) => ({ label: '', interfaces: [], claims: group })),
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

const interfacesOf = (group: readonly Claim[]): readonly string[] => group[0]?.interfaces ?? [];
