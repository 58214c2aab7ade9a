import type { Packet } from './packet.ts';
import { answerOf, type Chain, type Rule } from './rule.ts';

/** What a base chain does with a packet. */
export interface Verdict {
  readonly action: 'accept' | 'drop';
  /** The rule that decides. Undefined: the policy does. */
  readonly by?: Rule | undefined;
  /** The chain of that rule. */
  readonly chain: string;
  /** An earlier rule that may accept the packet: it accepts only some such packets, or portfwd cannot evaluate it. */
  readonly mayAccept?: Rule | undefined;
  /** The rule accepts the packet, and it was written for this very forward. */
  readonly intended?: boolean;
}

/** What one chain on the way does: it decides, or the packet goes on behind it. */
type Step = Omit<Verdict, 'action'> & { readonly action: Verdict['action'] | 'continue' };

/** The kernel allows no more nested jumps (NFT_JUMP_STACK_SIZE). */
const MAX_DEPTH = 16;

/**
 * Follows a packet through a base chain and the chains that it jumps to. A rule that drops only some such packets does
 * not count. A rule that accepts only some of them is kept in `mayAccept`.
 */
export function verdictOf(chain: Chain, packet: Packet): Verdict {
  const { action, ...step } = follow(chain.name, chain, packet, 0);
  if (action !== 'continue') return { action, ...step };
  return { action: chain.policy === 'drop' ? 'drop' : 'accept', chain: chain.name, mayAccept: step.mayAccept };
}

function follow(name: string, chain: Chain, packet: Packet, depth: number): Step {
  let mayAccept: Rule | undefined;
  let mayLeave = false;
  for (const rule of depth > MAX_DEPTH ? [] : (chain.rules.get(name) ?? [])) {
    const answer = answerOf(rule.conditions, packet);
    const step = answer === false ? undefined : stepOf(rule, name, chain, packet, depth);
    if (step === undefined) continue;
    const leaves = step.action !== 'continue' || rule.action.kind !== 'jump';
    if (answer === undefined) {
      if (step.action === 'accept' && isIntended(rule, packet)) return { ...step, intended: true };
      mayAccept ??= step.action === 'accept' ? rule : step.mayAccept;
      mayLeave ||= step.action === 'continue' && leaves;
    } else {
      mayAccept ??= step.mayAccept;
      // Some of the packets may have left this chain already, so this rule drops only some.
      if (leaves && mayLeave && step.action === 'drop') return { action: 'continue', chain: name, mayAccept };
      if (leaves) return { ...step, mayAccept };
    }
  }
  return { action: 'continue', chain: name, mayAccept };
}

/** Undefined: the rule does not decide. */
function stepOf(rule: Rule, name: string, chain: Chain, packet: Packet, depth: number): Step | undefined {
  const { action } = rule;
  if (action.kind === 'jump' || action.kind === 'goto') return follow(action.chain, chain, packet, depth + 1);
  if (action.kind === 'return') return { action: 'continue', chain: name };
  if (action.kind === 'accept' || action.kind === 'drop') return { action: action.kind, by: rule, chain: name };
  return undefined;
}

/** The rule names the packets of this forward, and apart from that only interfaces. */
const isIntended = ({ conditions }: Rule, packet: Packet): boolean =>
  conditions.some(({ about, test }) => about === 'forward' && test(packet) === true) &&
  conditions.every(({ about, test }) => about === 'interface' || test(packet) === true);
