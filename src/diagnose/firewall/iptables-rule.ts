import type { PortRange } from '../../model/model.ts';
import * as ask from './conditions.ts';
import { markAndMask, readIptablesMark } from './iptables-mark.ts';
import type { MarkChange } from './mark-change.ts';
import { not, UNKNOWN, type Action, type Condition, type Rule } from './rule.ts';

interface AppendedRule {
  readonly chain: string;
  readonly rule: Rule;
}

/**
 * Reads a line `-A CHAIN … -j TARGET` of `iptables -S`. With an option that is not known here, it is unknown whether the
 * rule matches. Undefined: another kind of line.
 */
export function readIptablesRule(line: string): AppendedRule | undefined {
  const [command, chain = '', ...words] = line.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? [];
  if (command !== '-A') return undefined;
  const conditions: Condition[] = [];
  let action: Action = { kind: 'continue' };
  let change: MarkChange | undefined;
  let module = '';
  let packets: number | undefined;
  for (let at = 0; at < words.length;) {
    const negated = words[at] === '!';
    const option = words[negated ? at + 1 : at] ?? '';
    const start = at + (negated ? 2 : 1);
    const values = takeValues(words, start);
    if (option === '-j' || option === '-g') {
      action = actionOf(option, values[0] ?? '');
      change = readIptablesMark(values[0] ?? '', words.slice(start + 1));
      break;
    }
    if (option === '-m') module = values[0] ?? '';
    if (option === '-c') packets = Number(values[0]);
    const condition = option === '--mark' ? markCondition(module, values[0] ?? '') : conditionOf(option, values);
    if (condition !== undefined) conditions.push(negated ? not(condition) : condition);
    at = start + values.length;
  }
  const changes = change === undefined ? {} : { changes: [change] };
  const text = words.join(' ').replace(COUNTED, '');
  return { chain, rule: { conditions, action, text, ...(packets === undefined ? {} : { packets }), ...changes } };
}

/** As `iptables -v -S` prints what a rule counted: packets and bytes. */
const COUNTED = /(?<=^| )-c \d+ \d+ /;

function takeValues(words: readonly string[], start: number): string[] {
  const end = words.findIndex((word, index) => index >= start && (word === '!' || /^--?[a-z]/i.test(word)));
  return words.slice(start, end < 0 ? undefined : end);
}

function actionOf(option: string, target: string): Action {
  if (option === '-g') return { kind: 'goto', chain: target };
  return (Object.hasOwn(TARGETS, target) ? TARGETS[target] : undefined) ?? { kind: 'jump', chain: target };
}

/** Every other target is a chain, or it lets the packet go on, as a chain without rules does. */
const TARGETS: Readonly<Record<string, Action>> = {
  ACCEPT: { kind: 'accept' },
  DROP: { kind: 'drop' },
  REJECT: { kind: 'drop' },
  RETURN: { kind: 'return' },
  DNAT: { kind: 'translate' },
  REDIRECT: { kind: 'translate' },
  MARK: { kind: 'continue' },
  CONNMARK: { kind: 'continue' },
};

function conditionOf(option: string, values: readonly string[]): Condition | undefined {
  const read = Object.hasOwn(READERS, option) ? READERS[option] : undefined;
  return read === undefined ? UNKNOWN : read((values[0] ?? '').split(','));
}

/** `-m mark --mark 0x1/0xff`, or the same of `-m connmark`. */
function markCondition(module: string, text: string): Condition {
  const { value, mask } = markAndMask(text);
  if (value === undefined) return UNKNOWN;
  return ask.hasMark(module === 'connmark' ? 'connection' : 'packet', [{ first: value, last: value }], mask);
}

const nothing = (): undefined => undefined;

/** `-m` only names the module of the options that follow it. */
const READERS: Readonly<Record<string, (values: readonly string[]) => Condition | undefined>> = {
  '-m': nothing,
  '-c': nothing,
  '--comment': nothing,
  '-d': ask.isDestination,
  '-s': ask.hasSource,
  '-p': (values) => (values.includes('all') ? undefined : ask.isProtocol(values)),
  '-i': (values) => ask.comesIn(values.map(pattern)),
  '-o': (values) => ask.leaves(values.map(pattern)),
  '--dport': (values) => ask.isPort(values.map(portsOf)),
  '--dports': (values) => ask.isPort(values.map(portsOf)),
  '--dst-type': ask.isDestinationType,
  '--state': (values) => ask.hasState(values.map((value) => value.toLowerCase())),
  '--ctstate': state,
  '--ctorigdst': ask.isOriginalDestination,
  '--ctorigdstport': (values) => ask.isOriginalPort(values.map(portsOf)),
  '--ctreplsrc': ask.isReplySource,
  '--ctreplsrcport': (values) => ask.isReplySourcePort(values.map(portsOf)),
  '--ctproto': ask.isProtocol,
  '--ctdir': (values) => ask.hasDirection(values.map((value) => value.toLowerCase())),
};

/** The list may hold both NEW and DNAT. */
function state(values: readonly string[]): Condition {
  const states = ask.hasState(values.map((value) => value.toLowerCase()));
  if (!values.includes('DNAT')) return states;
  return { about: 'forward', test: (packet) => packet.translated || states.test(packet) };
}

/** iptables writes `eth+`. */
const pattern = (name: string): string => name.replace(/\+$/, '*');

function portsOf(text: string): PortRange {
  const [first = 0, last = first] = text.split(':').map(Number);
  return { first, last };
}
