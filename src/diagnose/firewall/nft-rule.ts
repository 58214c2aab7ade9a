import { objectOf, soleEntry, type Json } from '../../nft-json/objects.ts';
import { ruleText } from '../../nft-json/rule-text.ts';
import { valueText } from '../../nft-json/value-text.ts';
import { readMarkChange, type MarkChange } from './mark-change.ts';
import { compare, readMatch } from './nft-match.ts';
import { UNKNOWN, type Action, type Condition, type Rule } from './rule.ts';

/** Reads the statements of one rule in libnftables-json(5). A verdict map becomes a rule for each of its elements. */
export function readNftRule(expr: readonly unknown[]): Rule[] {
  const conditions: Condition[] = [];
  const rules: Rule[] = [];
  let changes: readonly MarkChange[] = [];
  const text = ruleText({ expr });
  const packets = packetsIn(expr);
  const counted = packets === undefined ? {} : { packets };
  const add = (rule: Omit<Rule, 'text' | 'changes'>): void => {
    rules.push({ ...rule, text, ...counted, ...(changes.length === 0 ? {} : { changes }) });
    changes = [];
  };
  for (const { kind, body } of expr.map(soleEntry)) {
    const action = actionOf(kind, body);
    const change = readMarkChange(kind, body);
    if (change !== undefined) changes = [...changes, change];
    else if (action !== undefined) add({ conditions: [...conditions, ...lookups(body)], action });
    else if (kind === 'vmap')
      rules.push(
        ...readVerdictMap(body).map((one) => ({
          ...one,
          conditions: [...conditions, ...one.conditions],
          text,
          ...counted,
        })),
      );
    else if (kind === 'notrack') add({ conditions: [...conditions], action: { kind: 'continue' } });
    else if (kind === 'match') conditions.push(...readMatch(body));
    else if (!HARMLESS.has(kind)) conditions.push(UNKNOWN);
  }
  if (changes.length > 0) add({ conditions, action: { kind: 'continue' } });
  return rules;
}

const packetsIn = (expr: readonly unknown[]): number | undefined => {
  const { body } = expr.map(soleEntry).find(({ kind }) => kind === 'counter') ?? {};
  return typeof body?.['packets'] === 'number' ? body['packets'] : undefined;
};

/** Statements that neither select a packet nor decide about it. */
const HARMLESS = new Set(['counter', 'log', 'mangle', 'set', 'map', 'ct helper', 'comment']);

function actionOf(kind: string, { target, type, name }: Json): Action | undefined {
  if (kind === 'accept' || kind === 'drop' || kind === 'return' || kind === 'continue') return { kind };
  if (kind === 'reject') return { kind: 'drop' };
  if (kind === 'dnat' || kind === 'redirect') return { kind: 'translate' };
  if (kind === 'jump' || kind === 'goto') return { kind, chain: valueText(target) };
  return kind === 'xt' && type === 'target' && typeof name === 'string' && Object.hasOwn(TARGETS, name)
    ? TARGETS[name]
    : undefined;
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
    const { key, data } = objectOf(objectOf(part)['map']);
    if (key === undefined) return [];
    const elements = objectOf(data)['set'];
    const keys = Array.isArray(elements) ? elements.map((element: unknown) => pairOf(element)[0]) : undefined;
    return keys === undefined ? [UNKNOWN] : compare(key, { set: keys });
  });
}

function readVerdictMap({ key, data }: Json): Omit<Rule, 'text'>[] {
  const elements = objectOf(data)['set'];
  if (!Array.isArray(elements)) return [];
  return elements.flatMap((one: unknown) => {
    const [element, verdict] = pairOf(one);
    const { kind, body } = soleEntry(verdict);
    const action = actionOf(kind, body);
    return action === undefined ? [] : [{ conditions: compare(key, { set: [element] }), action }];
  });
}

/** The key of an element of a map, and what it is mapped to. */
const pairOf = (element: unknown): readonly unknown[] => (Array.isArray(element) ? element : []);
