import type { Field, Key, Lookup, Match, Prefix, Range, Scalar, Statement } from '../ruleset/ruleset.ts';

export type Json = string | number | boolean | null | { readonly [key: string]: Json | undefined } | readonly Json[];

function fieldJson(field: Field): Json {
  switch (field.kind) {
    case 'payload':
      return { payload: { protocol: field.protocol, field: field.field } };
    case 'network':
      return { '&': [{ payload: { protocol: field.protocol, field: field.field } }, field.mask] };
    case 'meta':
      return { meta: { key: field.key } };
    case 'ct-original':
      return { ct: { key: field.key, dir: 'original' } };
    case 'ct-reply':
      return { ct: { key: field.key, dir: 'reply' } };
  }
}

export function matchJson(match: Match): Json {
  switch (match.kind) {
    case 'compare':
      return matchOf(match.op, fieldJson(match.field), valueJson(match.value));
    case 'in-values':
      return matchOf(match.op ?? '==', fieldJson(match.field), { set: match.values });
    case 'in-set':
      return matchOf('==', keyJson(match.key), `@${match.set}`);
    case 'fib-local':
      return matchOf(match.op ?? '==', { fib: { result: 'type', flags: fibFlags(match) } }, 'local');
    case 'tcp-not-first':
      return matchOf('!=', { '&': [TCP_FLAGS, FIN_SYN_RST_ACK] }, SYN);
    case 'tcp-syn':
      return matchOf('==', { '&': [TCP_FLAGS, SYN_RST] }, SYN);
    case 'ct-dnat':
      return matchOf('in', { ct: { key: 'status' } }, 'dnat');
    case 'ct-nat':
      return matchOf('in', { ct: { key: 'status' } }, ['snat', 'dnat']);
    case 'ct-state':
      return matchOf('in', { ct: { key: 'state' } }, stateJson(match.states));
    case 'not-routed':
      return matchOf('==', { meta: { key: 'iif' } }, 0);
    case 'family':
      return matchOf('==', { meta: { key: 'nfproto' } }, match.family === 'ip' ? 'ipv4' : 'ipv6');
  }
}

const stateJson = ([first, ...more]: readonly [string, ...string[]]): Json =>
  more.length === 0 ? first : [first, ...more];

const fibFlags = (match: Extract<Match, { kind: 'fib-local' }>): Json =>
  match.interface === undefined ? [match.of] : [match.of, match.interface];

const TCP_FLAGS: Json = { payload: { protocol: 'tcp', field: 'flags' } };

/** Numbers, since nft 0.9.8 to 1.0.9 do not accept more than two operands of `|` in JSON. */
const FIN_SYN_RST_ACK = 0x01 | 0x02 | 0x04 | 0x10;
const SYN_RST = 0x02 | 0x04;
const SYN = 0x02;

export function statementJson(statement: Statement): Json {
  switch (statement.kind) {
    case 'dnat': {
      const { family, address, port } = statement;
      return { dnat: { family, addr: lookupJson(address), ...(port === undefined ? {} : { port: lookupJson(port) }) } };
    }
    case 'masquerade':
      return { masquerade: null };
    case 'clamp-mss':
      return { mangle: { key: { 'tcp option': { name: 'maxseg', field: 'size' } }, value: { rt: { key: 'mtu' } } } };
    case 'return':
      return { return: null };
    case 'drop':
      return { drop: null };
    case 'jump':
      return { jump: { target: statement.chain } };
    case 'goto':
      return { goto: { target: statement.chain } };
  }
}

/** Its packets and bytes are counted. */
export const isCounted = (statement: Statement): boolean => statement.kind === 'drop' && statement.counted === true;

const lookupJson = ({ key, map }: Lookup): Json => ({ map: { key: keyJson(key), data: `@${map}` } });

const keyJson = (key: Key): Json => (key.length === 1 ? fieldJson(key[0]) : { concat: key.map(fieldJson) });

const matchOf = (op: string, left: Json, right: Json): Json => ({ match: { op, left, right } });

export function valueJson(value: Scalar | Prefix | Range): Json {
  if (typeof value !== 'object') return value;
  return value.kind === 'prefix'
    ? { prefix: { addr: value.address, len: value.length } }
    : { range: [value.first, value.last] };
}
