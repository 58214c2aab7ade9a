import type { Element, Key, MapElement, NamedMap, NamedSet, Scalar } from '../ruleset/ruleset.ts';
import { indexElements, type ElementIndex } from './element-index.ts';
import { fieldValue } from './field.ts';
import type { PacketState } from './packet.ts';

/** An element of a set or a map that a rule looked up. */
export interface Found extends Element {
  /** The name of the set or map. */
  readonly name: string;
  /** Maps only: the value of the key. */
  readonly data?: MapElement['data'];
}

/** The element of the named set or map whose key is the packet's fields. */
export function findElement(
  among: readonly (NamedSet | NamedMap)[],
  name: string,
  key: Key,
  packet: PacketState,
): Found | undefined {
  const set = setNamed(among, name);
  const values: Scalar[] = [];
  for (const field of key) {
    const value = fieldValue(field, packet);
    if (value === undefined) return undefined;
    values.push(value);
  }
  const element = indexOf(set)(values);
  return element === undefined ? undefined : { ...element, name };
}

const indexes = new WeakMap<NamedSet | NamedMap, ElementIndex>();

function indexOf(set: NamedSet | NamedMap): ElementIndex {
  const index = indexes.get(set) ?? indexElements(set.elements);
  indexes.set(set, index);
  return index;
}

function setNamed(among: readonly (NamedSet | NamedMap)[], name: string): NamedSet | NamedMap {
  const set = among.find((one) => one.name === name);
  if (set === undefined) throw new Error(`the ruleset has no set or map ${name}`);
  return set;
}
