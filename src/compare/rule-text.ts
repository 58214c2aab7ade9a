import { fieldText } from '../nft-json/field-text.ts';
import { soleEntry, type Json } from '../nft-json/objects.ts';
import { valueText } from '../nft-json/value-text.ts';

/** A rule for people: in nft's own syntax if portfwd writes such rules or people often add them, else in JSON. */
export const ruleText = ({ expr, comment }: Json): string =>
  [
    ...(Array.isArray(expr) ? expr : []).map(statementText),
    ...(typeof comment === 'string' ? [`comment ${JSON.stringify(comment)}`] : []),
  ].join(' ');

function statementText(statement: unknown): string {
  const { kind, body } = soleEntry(statement);
  if (kind === 'match') return matchText(body);
  if (kind === 'jump' || kind === 'goto') return `${kind} ${valueText(body['target'])}`;
  if (kind === 'dnat') return dnatText(body);
  return kind === 'counter' || Object.keys(body).length === 0 ? kind : JSON.stringify(statement);
}

function matchText({ op, left, right }: Json): string {
  const field = fieldText(left);
  return `${field} ${op === '==' || op === 'in' ? '' : `${String(op)} `}${valueText(right, field)}`;
}

function dnatText({ family, addr, port }: Json): string {
  const [address, ports] = [addr, port].map(lookupText);
  return `dnat${family === undefined ? '' : ` ${valueText(family)}`} to ${address ?? ''}${port === undefined ? '' : ` : ${ports}`}`;
}

function lookupText(value: unknown): string {
  const { key, data } = (value as { map?: Json } | undefined)?.map ?? {};
  return key === undefined ? valueText(value) : `${fieldText(key)} map ${valueText(data)}`;
}
