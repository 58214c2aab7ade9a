import { valueText } from './listing.ts';

type Json = Readonly<Record<string, unknown>>;

/** A rule in short: nft's own syntax for what portfwd writes and people commonly add, JSON for the rest. */
export const ruleText = ({ expr, comment }: Json): string =>
  [
    ...(Array.isArray(expr) ? expr : []).map(statementText),
    ...(typeof comment === 'string' ? [`comment ${JSON.stringify(comment)}`] : []),
  ].join(' ');

function statementText(statement: unknown): string {
  const [[kind, value] = ['', undefined]] = Object.entries((statement ?? {}) as Json);
  const body = (value ?? {}) as Json;
  if (kind === 'match') return matchText(body);
  if (kind === 'jump' || kind === 'goto') return `${kind} ${valueText(body['target'])}`;
  if (kind === 'dnat') return dnatText(body);
  return value === null || kind === 'counter' ? kind : JSON.stringify(statement);
}

function matchText({ op, left, right }: Json): string {
  const field = fieldText(left);
  const value = NUMBERS[field]?.[String(right)] ?? valueText(right);
  return `${field} ${op === '==' || op === 'in' ? '' : `${String(op)} `}${value}`;
}

/** What nft -n shows as numbers. */
const NUMBERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'meta l4proto': { '6': 'tcp', '17': 'udp', '132': 'sctp' },
  'meta nfproto': { '2': 'ipv4', '10': 'ipv6' },
  'ct status': { '32': 'dnat' },
  'ct state': { '8': 'new' },
  'fib daddr type': { '2': 'local' },
  'fib saddr type': { '2': 'local' },
};

function dnatText({ family, addr, port }: Json): string {
  const [address, ports] = [addr, port].map(lookupText);
  return `dnat${family === undefined ? '' : ` ${valueText(family)}`} to ${address ?? ''}${port === undefined ? '' : ` : ${ports}`}`;
}

function lookupText(value: unknown): string {
  const { key, data } = (value as { map?: Json } | undefined)?.map ?? {};
  return key === undefined ? valueText(value) : `${fieldText(key)} map ${valueText(data)}`;
}

function fieldText(field: unknown): string {
  const { payload, meta, ct, fib, concat } = (field ?? {}) as Record<string, Json | undefined>;
  if (payload?.['protocol'] !== undefined) return `${valueText(payload['protocol'])} ${valueText(payload['field'])}`;
  if (meta !== undefined) return `meta ${valueText(meta['key'])}`.replace(/^meta (?=[io]ifname$)/, '');
  if (ct !== undefined) return `ct ${ct['dir'] === undefined ? '' : `${valueText(ct['dir'])} `}${valueText(ct['key'])}`;
  if (fib !== undefined) return `fib ${listText(fib['flags'])} ${valueText(fib['result'])}`;
  return Array.isArray(concat) ? concat.map(fieldText).join(' . ') : valueText(field);
}

const listText = (value: unknown): string =>
  Array.isArray(value) ? value.map(valueText).join(' . ') : valueText(value);
