import { createHash } from 'node:crypto';
import type { Chain, NamedMap, NamedSet, Rule, Ruleset } from '../ruleset/ruleset.ts';
import { elementsText, matchJson, statementJson, type Json } from './json-value.ts';

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
  const body = bodyOf(ruleset);
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
function markerOf(body: readonly string[]): string {
  const hash = createHash('sha256');
  for (const [index, line] of body.entries()) hash.update(index === 0 ? line : `\n${line}`);
  return `${MARKER_PREFIX}${hash.digest('hex').slice(0, 32)}`;
}

/** A command on each line. */
function bodyOf({ table, sets, maps, chains }: Ruleset): string[] {
  const at = { family: table.family, table: table.name };
  return [
    ...sets.map((set) => withElements('set', { ...at, ...setJson(set) }, elementsText(set.elements))),
    ...maps.map((map) => withElements('map', { ...at, ...setJson(map), map: map.data }, elementsText(map.elements))),
    ...chains.map((chain) => added({ chain: { ...at, name: chain.name, ...hookJson(chain) } })),
    ...chains.flatMap((chain) =>
      chain.rules.map((rule) => added({ rule: { ...at, chain: chain.name, expr: ruleJson(rule) } })),
    ),
  ];
}

const added = (object: Json): string => JSON.stringify({ add: object });

/** `{"add":{"map":{…,"elem":[…]}}}` */
const withElements = (kind: 'set' | 'map', object: Json, elements: string): string =>
  `{"add":{"${kind}":${JSON.stringify(object).slice(0, -1)},"elem":[${elements}]}}}`;

const setJson = ({ name, type, interval }: NamedSet | NamedMap) => ({
  name,
  type: type.length === 1 ? type[0] : type,
  ...(interval ? { flags: ['interval'] } : {}),
});

const hookJson = (chain: Chain) =>
  chain.kind === 'regular' ? {} : { type: chain.type, hook: chain.hook, prio: chain.priority, policy: 'accept' };

const ruleJson = ({ match, statement }: Rule): Json[] => [...match.map(matchJson), statementJson(statement)];
