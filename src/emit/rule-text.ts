import type { Field, Key, Lookup, Match, Prefix, Range, Rule, Scalar, Statement } from '../ruleset/ruleset.ts';
import { isCounted } from './rule-json.ts';

/** The rule as `nft list ruleset` shows it. */
export const ruleText = ({ match, statement }: Rule): string =>
  [...match.map(matchText), ...(isCounted(statement) ? ['counter'] : []), statementText(statement)].join(' ');

function fieldText(field: Field): string {
  switch (field.kind) {
    case 'payload':
      return `${field.protocol} ${field.field}`;
    case 'network':
      return `${field.protocol} ${field.field} & ${field.mask}`;
    case 'meta':
      return field.key === 'l4proto' || field.key === 'iifkind' ? `meta ${field.key}` : field.key;
    case 'ct-original':
      return `ct original ${field.key}`;
    case 'ct-reply':
      return `ct reply ${field.key}`;
  }
}

function matchText(match: Match): string {
  switch (match.kind) {
    case 'compare': {
      const value = isInterfaceName(match.field) ? `"${valueText(match.value)}"` : valueText(match.value);
      return `${fieldText(match.field)} ${match.op === '!=' ? '!= ' : ''}${value}`;
    }
    case 'in-values':
      return `${fieldText(match.field)} ${match.op === '!=' ? '!= ' : ''}{ ${match.values.map((value) => (isInterfaceName(match.field) ? `"${value}"` : value)).join(', ')} }`;
    case 'in-set':
      return `${keyText(match.key)} @${match.set}`;
    case 'fib-local':
      return `fib ${match.of}${match.interface === undefined ? '' : ` . ${match.interface}`} type ${match.op === '!=' ? '!= ' : ''}local`;
    case 'tcp-not-first':
      return 'tcp flags & (fin | syn | rst | ack) != syn';
    case 'tcp-syn':
      return 'tcp flags & (syn | rst) == syn';
    case 'ct-dnat':
      return 'ct status dnat';
    case 'ct-nat':
      return 'ct status snat,dnat';
    case 'ct-state':
      return `ct state ${match.states.join(',')}`;
    case 'not-routed':
      return 'iif 0';
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
    case 'clamp-mss':
      return 'tcp option maxseg size set rt mtu';
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
