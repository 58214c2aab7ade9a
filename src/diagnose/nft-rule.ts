import type { PortRange } from '../model/model.ts';
import * as ask from './conditions.ts';
import { not, UNKNOWN, type Action, type Condition, type Rule } from './rule.ts';

type Json = Readonly<Record<string, unknown>>;

/** Reads the statements of one rule in libnftables-json(5). A verdict map becomes a rule for each of its elements. */
export function readNftRule(expr: readonly unknown[]): Rule[] {
  const conditions: Condition[] = [];
  const rules: Rule[] = [];
  for (const statement of expr) {
    const [kind, value] = soleEntry((statement ?? {}) as Json);
    const action = actionOf(kind, value);
    if (action !== undefined) rules.push({ conditions: [...conditions], action });
    else if (kind === 'vmap') rules.push(...readVerdictMap(value as Json).map(under(conditions)));
    else if (kind === 'match') conditions.push(readMatch(value as Json));
    else if (!HARMLESS.has(kind)) conditions.push(UNKNOWN);
  }
  return rules;
}

/** Statements that neither select a packet nor decide about it. */
const HARMLESS = new Set(['counter', 'log', 'mangle', 'set', 'map', 'notrack', 'ct helper', 'comment']);

const under =
  (conditions: readonly Condition[]) =>
  (rule: Rule): Rule => ({ conditions: [...conditions, ...rule.conditions], action: rule.action });

function actionOf(kind: string, value: unknown): Action | undefined {
  if (kind === 'accept' || kind === 'drop' || kind === 'return' || kind === 'continue') return { kind };
  if (kind === 'reject') return { kind: 'drop' };
  if (kind === 'dnat' || kind === 'redirect') return { kind: 'translate' };
  if (kind === 'jump' || kind === 'goto') return { kind, chain: String((value as Json)['target']) };
  return kind === 'xt' && (value as Json | null)?.['type'] === 'target'
    ? TARGETS[String((value as Json)['name'])]
    : undefined;
}

/** Targets of iptables-nft, where only nft could be asked. */
const TARGETS: Readonly<Record<string, Action>> = {
  REJECT: { kind: 'drop' },
  DNAT: { kind: 'translate' },
  REDIRECT: { kind: 'translate' },
};

function readVerdictMap({ key, data }: Json): Rule[] {
  const elements = ((data as Json | undefined)?.['set'] ?? []) as readonly (readonly [unknown, Json])[];
  if (!Array.isArray(elements)) return [];
  return elements.flatMap(([element, verdict]) => {
    const [kind, value] = soleEntry(verdict);
    const action = actionOf(kind, value);
    return action === undefined ? [] : [{ conditions: [compare(key as Json, { set: [element] })], action }];
  });
}

function readMatch({ op, left, right }: Json): Condition {
  if (op === '!=') return not(compare(left as Json, right));
  return op === '==' || op === 'in' ? compare(left as Json, right) : UNKNOWN;
}

/** A named set (`@name`) stays unknown: its elements are not read. */
function compare(left: Json, right: unknown): Condition {
  const values = valuesOf(right);
  const read = READERS[fieldOf(left)];
  return values === undefined || read === undefined ? UNKNOWN : (read(values) ?? UNKNOWN);
}

/** libnftables-json wraps everything in an object of one key, which tells what it is. */
const soleEntry = (object: Json): readonly [string, unknown] => Object.entries(object)[0] ?? ['', undefined];

/** `tcp dport`, `ct original proto-dst` */
function fieldOf(left: Json): string {
  const [kind, value] = soleEntry(left);
  const { protocol, field, key, dir, flags, result } = (value ?? {}) as Readonly<Record<string, string | undefined>>;
  if (kind === 'fib') return `fib ${flags} ${result}`;
  if (kind === 'payload') return `${protocol} ${field}`;
  return dir === undefined ? `${kind} ${key}` : `${kind} ${dir} ${key}`;
}

const READERS: Readonly<Record<string, (values: readonly string[]) => Condition | undefined>> = {
  'ip daddr': ask.isDestination,
  'ip6 daddr': ask.isDestination,
  'tcp dport': (values) => portOf(['tcp'], values),
  'udp dport': (values) => portOf(['udp'], values),
  'sctp dport': (values) => portOf(['sctp'], values),
  'th dport': (values) => ask.isPort(values.map(portsOf)),
  'ip protocol': ask.isProtocol,
  'ip6 nexthdr': ask.isProtocol,
  'meta l4proto': ask.isProtocol,
  'meta nfproto': ([value]) => ask.isFamily(value === 'ipv6' ? 'ip6' : 'ip'),
  'meta iifname': ask.comesIn,
  'meta iif': ask.comesIn,
  'meta oifname': ask.leaves,
  'meta oif': ask.leaves,
  'fib daddr type': ask.isDestinationType,
  'ct state': ask.hasState,
  'ct status': (values) => (values.includes('dnat') ? ask.isTranslated() : undefined),
  'ct original proto-dst': (values) => ask.isOriginalPort(values.map(portsOf)),
  'ct original ip daddr': ask.isOriginalDestination,
  'ct original ip6 daddr': ask.isOriginalDestination,
};

function portOf(protocols: readonly string[], values: readonly string[]): Condition {
  const protocol = ask.isProtocol(protocols);
  const port = ask.isPort(values.map(portsOf));
  return { ...port, test: (packet) => protocol.test(packet) === true && port.test(packet) };
}

function portsOf(text: string): PortRange {
  const [first = 0, last = first] = text.split('-').map(Number);
  return { first, last };
}

/** All that the right side names, as nft would write it; undefined where it names something we cannot read. */
function valuesOf(right: unknown): string[] | undefined {
  if (typeof right === 'number') return [`${right}`];
  if (typeof right === 'string') return right.startsWith('@') ? undefined : [right];
  if (Array.isArray(right)) return all(right);
  const { set, range, prefix, elem } = (right ?? {}) as Json;
  if (set !== undefined) return Array.isArray(set) ? all(set) : valuesOf(set);
  if (Array.isArray(range)) return [range.join('-')];
  if (prefix !== undefined) return [`${String((prefix as Json)['addr'])}/${String((prefix as Json)['len'])}`];
  return elem === undefined ? undefined : valuesOf((elem as Json)['val']);
}

function all(values: readonly unknown[]): string[] | undefined {
  const read = values.map(valuesOf);
  return read.every((some) => some !== undefined) ? read.flat() : undefined;
}
