import { createHash } from 'node:crypto';
import type { Chain, NamedMap, NamedSet, Rule, Ruleset } from '../ruleset/ruleset.ts';
import { elementJson, mapElementJson, matchJson, statementJson, type Json } from './json-value.ts';

export interface EmittedJson {
  /** One libnftables-json(5) document; a command stands on each line. */
  readonly text: string;
  /** The name of the marker chain: it says that the table is ours, and which ruleset it holds. */
  readonly marker: string;
}

/** Chains whose name begins so mark a table as portfwd's. */
export const MARKER_PREFIX = 'pf_gen_';

/**
 * One transaction that replaces our table and touches no other. `add` before `delete` makes the delete
 * succeed on the first run too. Chains come before the rules that jump to them, maps before their lookups.
 */
export function emitJson(ruleset: Ruleset): EmittedJson {
  const body = bodyOf(ruleset).map((command) => JSON.stringify({ add: command }));
  const marker = markerOf(body);
  const { family, name } = ruleset.table;
  const table = { table: { family, name } };
  const head = [
    { add: table },
    { delete: table },
    { add: table },
    { add: { chain: { family, table: name, name: marker } } },
  ];
  const lines = [...head.map((command) => JSON.stringify(command)), ...body];
  return { text: `{"nftables":[\n${lines.join(',\n')}\n]}\n`, marker };
}

/** An unhooked chain, since its name is what every nft lists without reading the elements of all maps. */
const markerOf = (body: readonly string[]): string =>
  `${MARKER_PREFIX}${createHash('sha256').update(body.join('\n')).digest('hex').slice(0, 32)}`;

function bodyOf({ table, sets, maps, chains }: Ruleset): Json[] {
  const at = { family: table.family, table: table.name };
  return [
    ...sets.map((set) => ({ set: { ...at, ...setJson(set), elem: set.elements.map(elementJson) } })),
    ...maps.map((map) => ({ map: { ...at, ...setJson(map), map: map.data, elem: map.elements.map(mapElementJson) } })),
    ...chains.map((chain) => ({ chain: { ...at, name: chain.name, ...hookJson(chain) } })),
    ...chains.flatMap((chain) =>
      chain.rules.map((rule) => ({ rule: { ...at, chain: chain.name, expr: ruleJson(rule) } })),
    ),
  ];
}

const setJson = ({ name, type, interval }: NamedSet | NamedMap) => ({
  name,
  type: type.length === 1 ? type[0] : type,
  ...(interval ? { flags: ['interval'] } : {}),
});

const hookJson = (chain: Chain) =>
  chain.kind === 'regular' ? {} : { type: chain.type, hook: chain.hook, prio: chain.priority, policy: 'accept' };

const ruleJson = ({ match, statement }: Rule): Json[] => [...match.map(matchJson), statementJson(statement)];
