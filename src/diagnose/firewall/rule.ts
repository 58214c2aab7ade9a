import type { PortRange } from '../../model/model.ts';
import type { Packet } from './packet.ts';

/** Undefined: some such packets, or nobody can tell. */
export type Answer = boolean | undefined;

/** One condition of a rule in another program's chain. */
export interface Condition {
  /** What it looks at: where this very forward leads, an interface, or something else. */
  readonly about: 'forward' | 'interface' | 'other';
  readonly test: (packet: Packet) => Answer;
  /** The destination ports it asks for. */
  readonly ports?: readonly PortRange[];
}

export type Action =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'translate' | 'continue' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

export interface Rule {
  readonly conditions: readonly Condition[];
  readonly action: Action;
}

/** A base chain of another table, in one form for nft's rules and for those of iptables. */
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
  /** With what its rules are changed: `nft`, `iptables`, `ip6tables-legacy`. */
  readonly command: string;
}

/** `ip filter FORWARD` */
export const formatChain = ({ family, table, name, command }: Chain): string =>
  command.endsWith('-legacy') ? `${name} of ${command}` : `${family} ${table} ${name}`;

/** Of rules without any condition: true. */
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

export const not = ({ about, test }: Condition): Condition => ({
  about,
  test: (packet) => {
    const answer = test(packet);
    return answer === undefined ? undefined : !answer;
  },
});
