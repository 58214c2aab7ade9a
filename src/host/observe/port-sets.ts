import { fieldText } from '../../nft-json/field-text.ts';

interface Rule {
  readonly chain: string;
  readonly expr: readonly unknown[];
}

type Kind = 'set' | 'map';

/** Undefined: it could not be read. */
type ReadElements = (kind: Kind, name: string) => Promise<readonly unknown[] | undefined>;

/** More than this is no list that somebody wrote, and every forward would be held against each of its elements. */
const MOST = 2000;

/**
 * Rules in libnftables-json, with the elements of the named sets and maps (`@name`) in which they look up a
 * destination port, as if these were anonymous. All other names stay.
 */
export async function withPortSets(rules: readonly Rule[], read: ReadElements): Promise<readonly Rule[]> {
  const named = new Map<string, Kind>();
  visit(rules, (kind, name) => void named.set(name, kind));
  if (named.size === 0) return rules;
  const elements = new Map<string, readonly unknown[]>();
  await Promise.all(
    [...named].map(async ([name, kind]) => {
      const found = await read(kind, name);
      if (found !== undefined && found.length <= MOST) elements.set(name, found);
    }),
  );
  return visit(rules, (_, name) => elements.get(name)) as readonly Rule[];
}

/** A copy in which the name of each set of ports is replaced by what `see` makes of it; undefined leaves the name. */
function visit(node: unknown, see: (kind: Kind, name: string) => readonly unknown[] | void): unknown {
  if (Array.isArray(node)) return node.map((each) => visit(each, see));
  if (typeof node !== 'object' || node === null) return node;
  const { left, right, key, data } = node as Readonly<Record<string, unknown>>;
  if (isPort(left) && isName(right)) return { ...node, right: replaced(right, see('set', right.slice(1))) };
  if (isPort(key) && isName(data)) return { ...node, data: replaced(data, see('map', data.slice(1))) };
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, visit(value, see)]));
}

const replaced = (name: string, elements: readonly unknown[] | void): unknown =>
  elements === undefined ? name : { set: elements };

const isName = (value: unknown): value is string => typeof value === 'string' && value.startsWith('@');

const isPort = (field: unknown): boolean => /^\w+ dport$/.test(fieldText(field));
