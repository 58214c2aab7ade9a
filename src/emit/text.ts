import type {
  Chain,
  Element,
  Field,
  Key,
  Lookup,
  Match,
  NamedMap,
  NamedSet,
  Prefix,
  Range,
  Rule,
  Ruleset,
  Scalar,
  Statement,
} from '../ruleset/ruleset.ts';
import { emitJson } from './json.ts';

/**
 * The ruleset in nft's own syntax, for boot files and for readers (docs/netfilter.md, fact 28). It is self-contained
 * and idempotent: the first `table` lets `delete table` succeed if there is no table yet.
 */
export function emitText(ruleset: Ruleset): string {
  const name = `${ruleset.table.family} ${ruleset.table.name}`;
  const blocks = [
    ...ruleset.sets.map((set) =>
      block(`set ${set.name}`, setLines(set, `type ${set.type.join(' . ')}`, set.elements.map(elementText))),
    ),
    ...ruleset.maps.map((map) =>
      block(
        `map ${map.name}`,
        setLines(
          map,
          `type ${map.type.join(' . ')} : ${map.data}`,
          map.elements.map((element) => `${elementText(element)} : ${element.data}`),
        ),
      ),
    ),
    block(`chain ${emitJson(ruleset).marker}`, []),
    ...ruleset.chains.map((chain) => block(`chain ${chain.name}`, chainLines(chain))),
  ];
  return `table ${name}\ndelete table ${name}\ntable ${name} {\n${blocks.join('\n')}}\n`;
}

const block = (head: string, lines: readonly string[]): string =>
  `\t${head} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`;

const setLines = ({ interval }: NamedSet | NamedMap, type: string, elements: readonly string[]): string[] => [
  type,
  ...(interval ? ['flags interval'] : []),
  ...(elements.length === 0 ? [] : [`elements = { ${elements.join(',\n\t\t\t     ')} }`]),
];

const chainLines = (chain: Chain): string[] => [
  ...(chain.kind === 'base'
    ? [`type ${chain.type} hook ${chain.hook} priority ${chain.priority}; policy accept;`]
    : []),
  ...chain.rules.map(ruleText),
];

/** The rule as `nft list ruleset` shows it. */
export const ruleText = ({ match, statement }: Rule): string =>
  [...match.map(matchText), statementText(statement)].join(' ');

const elementText = ({ key, comment }: Element): string =>
  `${key.map(valueText).join(' . ')}${comment === undefined ? '' : ` comment "${comment}"`}`;

function fieldText(field: Field): string {
  switch (field.kind) {
    case 'payload':
      return `${field.protocol} ${field.field}`;
    case 'meta':
      return field.key === 'l4proto' ? 'meta l4proto' : field.key;
    case 'ct-original':
      return `ct original ${field.key}`;
  }
}

function matchText(match: Match): string {
  switch (match.kind) {
    case 'compare': {
      const value = isInterfaceName(match.field) ? `"${valueText(match.value)}"` : valueText(match.value);
      return `${fieldText(match.field)} ${match.op === '!=' ? '!= ' : ''}${value}`;
    }
    case 'in-values':
      return `${fieldText(match.field)} { ${match.values.map((value) => (isInterfaceName(match.field) ? `"${value}"` : value)).join(', ')} }`;
    case 'in-set':
      return `${keyText(match.key)} @${match.set}`;
    case 'fib-local':
      return `fib ${match.of} type local`;
    case 'tcp-not-first':
      return 'tcp flags & (fin | syn | rst | ack) != syn';
    case 'ct-dnat':
      return 'ct status dnat';
    case 'ct-new':
      return 'ct state new';
    case 'family':
      return `meta nfproto ${match.family === 'ip' ? 'ipv4' : 'ipv6'}`;
  }
}

const isInterfaceName = (field: Field): boolean => field.kind === 'meta' && field.key !== 'l4proto';

function statementText(statement: Statement): string {
  switch (statement.kind) {
    case 'dnat': {
      const { family, address, port } = statement;
      return `dnat ${family} to ${lookupText(address)}${port === undefined ? '' : ` : ${lookupText(port)}`}`;
    }
    case 'jump':
    case 'goto':
      return `${statement.kind} ${statement.chain}`;
    default:
      return statement.kind;
  }
}

const lookupText = ({ key, map }: Lookup): string => `${keyText(key)} map @${map}`;

const keyText = (key: Key): string => key.map(fieldText).join(' . ');

export function valueText(value: Scalar | Prefix | Range): string {
  if (typeof value !== 'object') return `${value}`;
  return value.kind === 'prefix' ? `${value.address}/${value.length}` : `${value.first}-${value.last}`;
}
