import type { PortRange } from '../../model/model.ts';
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
    if (action !== undefined) rules.push({ conditions: [...conditions, ...lookups(value)], action });
    else if (kind === 'vmap') rules.push(...readVerdictMap(value as Json).map(under(conditions)));
    else if (kind === 'match') conditions.push(...readMatch(value as Json));
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

/** `dnat to tcp dport map { 80 : 10.0.0.2 }` does nothing to what is no key of the map. */
function lookups(value: unknown): Condition[] {
  const { addr, port } = (value ?? {}) as Readonly<Record<string, Json | undefined>>;
  return [addr, port].flatMap((part) => {
    const { key, data } = (part?.['map'] ?? {}) as Json;
    if (key === undefined) return [];
    const elements = (data as Json | undefined)?.['set'];
    const keys = Array.isArray(elements) ? elements.map((element) => (element as readonly unknown[])[0]) : undefined;
    return keys === undefined ? [UNKNOWN] : compare(key as Json, { set: keys });
  });
}

function readVerdictMap({ key, data }: Json): Rule[] {
  const elements = ((data as Json | undefined)?.['set'] ?? []) as readonly (readonly [unknown, Json])[];
  if (!Array.isArray(elements)) return [];
  return elements.flatMap(([element, verdict]) => {
    const [kind, value] = soleEntry(verdict);
    const action = actionOf(kind, value);
    return action === undefined ? [] : [{ conditions: compare(key as Json, { set: [element] }), action }];
  });
}

function readMatch({ op, left, right }: Json): Condition[] {
  if (op === '!=' || op === '==' || op === 'in')
    return compare(left as Json, right, op === '!=' ? not : (same) => same);
  return [UNKNOWN];
}

/**
 * `tcp dport != 22` is met by TCP alone: only the port is turned around. A set that is still a name (`@name`) is
 * unknown: the host room puts the elements of sets of ports in its place, and of no others.
 */
function compare(left: Json, right: unknown, turn: (condition: Condition) => Condition = (same) => same): Condition[] {
  const values = valuesOf(right);
  const field = fieldOf(left);
  const protocol = /^(tcp|udp|sctp) dport$/.exec(field)?.[1];
  const read = READERS[protocol === undefined ? field : 'th dport'];
  const condition = values === undefined || read === undefined ? undefined : read(values);
  return [
    ...(protocol === undefined ? [] : [ask.isProtocol([protocol])]),
    condition === undefined ? UNKNOWN : turn(condition),
  ];
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
