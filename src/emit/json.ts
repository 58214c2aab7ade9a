import { createHash } from 'node:crypto';
import type { Chain, NamedMap, NamedSet, Rule, Ruleset } from '../ruleset/ruleset.ts';
import { elementsText } from './element-json.ts';
import { isCounted, matchJson, statementJson, type Json } from './rule-json.ts';

export interface EmittedJson {
  /** One libnftables-json(5) document with one command on each line. */
  readonly text: string;
  /** The name of the marker chain. It shows that the table is portfwd's, and which ruleset it contains. */
  readonly marker: string;
}

/** A table with a chain of this prefix belongs to portfwd. */
export const MARKER_PREFIX = 'pf_gen_';

/**
 * One transaction that replaces our table and changes no other (docs/netfilter.md, fact 25). The first `add` lets the
 * `delete` succeed if there is no table yet. Chains come before rules that jump to them, maps before rules that look
 * them up.
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

/**
 * The marker is the name of a chain without a hook: every version of nft can list chains without reading the elements
 * of all maps (docs/netfilter.md, fact 31).
 */
function markerOf(body: readonly string[]): string {
  const hash = createHash('sha256');
  for (const [index, line] of body.entries()) hash.update(index === 0 ? line : `\n${line}`);
  return `${MARKER_PREFIX}${hash.digest('hex').slice(0, 32)}`;
}

/** One command on each line. */
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

const ruleJson = ({ match, statement }: Rule): Json[] => [
  ...match.map(matchJson),
  ...(isCounted(statement) ? [{ counter: null }] : []),
  statementJson(statement),
];
