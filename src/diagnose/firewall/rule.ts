import type { PortRange } from '../../model/model.ts';
import type { MarkChange } from './mark-change.ts';
import type { Packet } from './packet.ts';

/** Undefined: it is true for some such packets only, or not known. */
export type Answer = boolean | undefined;

/** One condition of a rule. */
export interface Condition {
  /** What it looks at: an address or port of the forward, an interface, or something else. */
  readonly about: 'forward' | 'interface' | 'other';
  readonly test: (packet: Packet) => Answer;
  /** The destination ports that it accepts. */
  readonly ports?: readonly PortRange[];
  /** The interfaces that it accepts packets through. */
  readonly interfaces?: readonly string[];
}

export type Action =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'translate' | 'continue' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

export interface Rule {
  readonly conditions: readonly Condition[];
  readonly action: Action;
  /** What it does to marks before its action. */
  readonly changes?: readonly MarkChange[];
  /** As the program that manages the chain would print it. */
  readonly text: string;
  /** How many packets it counted, if it counts. */
  readonly packets?: number;
}

/** A base chain of another program, in one form for nft and iptables. */
export interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly hook: string;
  readonly priority: number;
  readonly policy: string;
  /** The rules of every chain of its table. */
  readonly rules: ReadonlyMap<string, readonly Rule[]>;
  /** The program that manages its rules: `nft`, `iptables`, `ip6tables-legacy`. */
  readonly command: string;
}

/** `ip filter FORWARD`, or `iptables-legacy FORWARD`. */
export const formatChain = ({ family, table, name, command }: Chain): string =>
  command.endsWith('-legacy') ? `${command} ${name}` : `${family} ${table} ${name}`;

const MAX_TEXT = 160;

/** A rule can look up a set of thousands of elements. */
export const formatRule = ({ text }: Rule): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

/** True for a rule without conditions. */
export function answerOf(conditions: readonly Condition[], packet: Packet): Answer {
  let answer: Answer = true;
  for (const { test } of conditions) {
    const one = test(packet);
    if (one === false) return false;
    if (one === undefined) answer = undefined;
  }
  return answer;
}

export const UNKNOWN: Condition = { about: 'other', test: () => undefined };

/** In place of the rules of a chain that could not be read. */
export const UNREADABLE: Rule = { conditions: [UNKNOWN], action: { kind: 'accept' }, text: '' };

export const not = ({ about, interfaces, test }: Condition): Condition => ({
  about,
  ...(interfaces === undefined ? {} : { interfaces }),
  test: (packet) => {
    const answer = test(packet);
    return answer === undefined ? undefined : !answer;
  },
});
