import type { PortRange } from '../../model/model.ts';
import { fieldText } from '../../nft-json/field-text.ts';
import { soleEntry, type Json } from '../../nft-json/objects.ts';
import { ruleText } from '../../nft-json/rule-text.ts';
import { valuesOf } from '../../nft-json/value-text.ts';
import * as ask from './conditions.ts';
import { not, UNKNOWN, type Action, type Condition, type Rule } from './rule.ts';

/** Reads the statements of one rule in libnftables-json(5). A verdict map becomes a rule for each of its elements. */
export function readNftRule(expr: readonly unknown[]): Rule[] {
  const conditions: Condition[] = [];
  const rules: Rule[] = [];
  const text = ruleText({ expr });
  for (const { kind, body } of expr.map(soleEntry)) {
    const action = actionOf(kind, body);
    if (action !== undefined) rules.push({ conditions: [...conditions, ...lookups(body)], action, text });
    else if (kind === 'vmap')
      rules.push(
        ...readVerdictMap(body).map((one) => ({ ...one, conditions: [...conditions, ...one.conditions], text })),
      );
    else if (kind === 'match') conditions.push(...readMatch(body));
    else if (!HARMLESS.has(kind)) conditions.push(UNKNOWN);
  }
  return rules;
}

/** Statements that neither select a packet nor decide about it. */
const HARMLESS = new Set(['counter', 'log', 'mangle', 'set', 'map', 'notrack', 'ct helper', 'comment']);

function actionOf(kind: string, { target, type, name }: Json): Action | undefined {
  if (kind === 'accept' || kind === 'drop' || kind === 'return' || kind === 'continue') return { kind };
  if (kind === 'reject') return { kind: 'drop' };
  if (kind === 'dnat' || kind === 'redirect') return { kind: 'translate' };
  if (kind === 'jump' || kind === 'goto') return { kind, chain: String(target) };
  return kind === 'xt' && type === 'target' ? TARGETS[String(name)] : undefined;
}

/** Targets of iptables-nft, as nft lists them if the program iptables is missing. */
const TARGETS: Readonly<Record<string, Action>> = {
  REJECT: { kind: 'drop' },
  DNAT: { kind: 'translate' },
  REDIRECT: { kind: 'translate' },
};

/** `dnat to tcp dport map { 80 : 10.0.0.2 }` translates only packets whose key is in the map. */
function lookups({ addr, port }: Json): Condition[] {
  return [addr, port].flatMap((part) => {
    const { key, data } = ((part as Json | undefined)?.['map'] ?? {}) as Json;
    if (key === undefined) return [];
    const elements = (data as Json | undefined)?.['set'];
    const keys = Array.isArray(elements) ? elements.map((element) => (element as readonly unknown[])[0]) : undefined;
    return keys === undefined ? [UNKNOWN] : compare(key, { set: keys });
  });
}

function readVerdictMap({ key, data }: Json): Omit<Rule, 'text'>[] {
  const elements = ((data as Json | undefined)?.['set'] ?? []) as readonly (readonly [unknown, Json])[];
  if (!Array.isArray(elements)) return [];
  return elements.flatMap(([element, verdict]) => {
    const { kind, body } = soleEntry(verdict);
    const action = actionOf(kind, body);
    return action === undefined ? [] : [{ conditions: compare(key, { set: [element] }), action }];
  });
}

function readMatch({ op, left, right }: Json): Condition[] {
  if (op === '!=' || op === '==' || op === 'in') return compare(left, right, op === '!=' ? not : (same) => same);
  return [UNKNOWN];
}

/**
 * `tcp dport != 22` matches TCP only: the negation is about the port alone. The elements of a named set (`@name`) are
 * not known, except those of a set of ports, which `host` puts in place of the name.
 */
function compare(
  left: unknown,
  right: unknown,
  negate: (condition: Condition) => Condition = (same) => same,
): Condition[] {
  const values = valuesOf(right);
  const field = fieldText(left);
  const protocol = /^(tcp|udp|sctp) dport$/.exec(field)?.[1];
  const read = READERS[protocol === undefined ? field : 'th dport'];
  const condition = values === undefined || read === undefined ? undefined : read(values);
  return [
    ...(protocol === undefined ? [] : [ask.isProtocol([protocol])]),
    condition === undefined ? UNKNOWN : negate(condition),
  ];
}

const READERS: Readonly<Record<string, (values: readonly string[]) => Condition | undefined>> = {
  'ip daddr': ask.isDestination,
  'ip6 daddr': ask.isDestination,
  'th dport': (values) => ask.isPort(values.map(portsOf)),
  'ip protocol': ask.isProtocol,
  'ip6 nexthdr': ask.isProtocol,
  'meta l4proto': ask.isProtocol,
  'meta nfproto': ([value]) => ask.isFamily(value === 'ipv6' ? 'ip6' : 'ip'),
  iifname: ask.comesIn,
  iif: ask.comesIn,
  oifname: ask.leaves,
  oif: ask.leaves,
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
