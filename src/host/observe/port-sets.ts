import { fieldText } from '../../nft-json/field-text.ts';

interface Rule {
  readonly chain: string;
  readonly expr: readonly unknown[];
}

type Kind = 'set' | 'map';

/** Undefined if the set could not be read. */
type ReadElements = (kind: Kind, name: string) => Promise<readonly unknown[] | undefined>;

/** Every forward is compared with each element. Larger sets are generated, and not read. */
const MAX_ELEMENTS = 2000;

/**
 * Replaces the name of each set or map (`@name`) in which a rule looks up a destination port by its elements, as if it were
 * anonymous. Other names stay. The rules are in libnftables-json.
 */
export async function withPortSets(rules: readonly Rule[], read: ReadElements): Promise<readonly Rule[]> {
  const named = new Map<string, Kind>();
  visit(rules, (kind, name) => void named.set(name, kind));
  if (named.size === 0) return rules;
  const elements = new Map<string, readonly unknown[]>();
  await Promise.all(
    [...named].map(async ([name, kind]) => {
      const found = await read(kind, name);
      if (found !== undefined && found.length <= MAX_ELEMENTS) elements.set(name, found);
    }),
  );
  return visit(rules, (_, name) => elements.get(name)) as readonly Rule[];
}

/** Copies a node. `elementsFor` gets the name of each set of ports and returns its elements; undefined keeps the name. */
function visit(node: unknown, elementsFor: (kind: Kind, name: string) => readonly unknown[] | void): unknown {
  if (Array.isArray(node)) return node.map((each) => visit(each, elementsFor));
  if (typeof node !== 'object' || node === null) return node;
  const { left, right, key, data } = node as Readonly<Record<string, unknown>>;
  if (isPort(left) && isName(right)) return { ...node, right: replaced(right, elementsFor('set', right.slice(1))) };
  if (isPort(key) && isName(data)) return { ...node, data: replaced(data, elementsFor('map', data.slice(1))) };
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, visit(value, elementsFor)]));
}

const replaced = (name: string, elements: readonly unknown[] | void): unknown =>
  elements === undefined ? name : { set: elements };

const isName = (value: unknown): value is string => typeof value === 'string' && value.startsWith('@');

const isPort = (field: unknown): boolean => /^\w+ dport$/.test(fieldText(field));
