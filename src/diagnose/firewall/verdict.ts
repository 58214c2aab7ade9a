import type { Packet } from './packet.ts';
import { answerOf, type Chain, type Rule } from './rule.ts';

/** What a chain does with a packet. */
export interface Fate {
  readonly verdict: 'accept' | 'drop';
  /** The chain whose rule or policy said so. */
  readonly by: string;
  /** A rule that we cannot answer for may have let it through before. */
  readonly unsure: boolean;
  /** It was let through by a rule that was written for this very forward. */
  readonly meant?: boolean | undefined;
}

type Course = Omit<Fate, 'verdict'> & { readonly verdict: Fate['verdict'] | 'through' };

/** Deep enough for every firewall, and the kernel allows no more. */
const DEEPEST = 16;

/**
 * Follows a packet through a base chain and all it jumps to. A drop that is only possible is not worth a
 * warning and is passed over; an acceptance that is possible is kept in mind.
 */
export function fateOf(chain: Chain, packet: Packet): Fate {
  const { verdict, by, unsure, meant } = follow(chain.name, chain, packet, 0);
  if (verdict !== 'through') return { verdict, by, unsure, meant };
  return { verdict: chain.policy === 'drop' ? 'drop' : 'accept', by: chain.name, unsure };
}

function follow(name: string, chain: Chain, packet: Packet, depth: number): Course {
  let unsure = false;
  let mayLeave = false;
  for (const rule of depth > DEEPEST ? [] : (chain.rules.get(name) ?? [])) {
    const answer = answerOf(rule.conditions, packet);
    const course = answer === false ? undefined : step(rule, name, chain, packet, depth);
    if (course === undefined) continue;
    const leaves = course.verdict !== 'through' || rule.action.kind !== 'jump';
    if (answer === undefined) {
      if (course.verdict === 'accept' && isMeant(rule, packet)) return { ...course, meant: true };
      unsure ||= course.verdict === 'accept' || course.unsure;
      mayLeave ||= course.verdict === 'through' && leaves;
    } else {
      unsure ||= course.unsure;
      // Who may have left this chain before is only possibly dropped by it.
      if (leaves && mayLeave && course.verdict === 'drop') return { verdict: 'through', by: name, unsure };
      if (leaves) return { ...course, unsure };
    }
  }
  return { verdict: 'through', by: name, unsure };
}

function step({ action }: Rule, name: string, chain: Chain, packet: Packet, depth: number): Course | undefined {
  if (action.kind === 'jump' || action.kind === 'goto') return follow(action.chain, chain, packet, depth + 1);
  if (action.kind === 'return') return { verdict: 'through', by: name, unsure: false };
  if (action.kind === 'accept' || action.kind === 'drop') return { verdict: action.kind, by: name, unsure: false };
  return undefined;
}

/** A rule that names this forward's packets and only adds an interface was written for it. */
const isMeant = ({ conditions }: Rule, packet: Packet): boolean =>
  conditions.some(({ about, test }) => about === 'forward' && test(packet) === true) &&
  conditions.every(({ about, test }) => about === 'interface' || test(packet) === true);
