import type { Packet } from './packet.ts';
import { answerOf, type Chain, type Rule } from './rule.ts';

/** The kernel allows no more nested jumps (NFT_JUMP_STACK_SIZE). */
const MAX_DEPTH = 16;

/** The rules of a base chain that drop some such packets, as far as is known. */
export const partialDrops = (chain: Chain, packet: Packet): readonly Rule[] => dropsIn(chain.name, chain, packet, 0);

function dropsIn(name: string, chain: Chain, packet: Packet, depth: number): Rule[] {
  const found: Rule[] = [];
  for (const rule of depth > MAX_DEPTH ? [] : (chain.rules.get(name) ?? [])) {
    const answer = answerOf(rule.conditions, packet);
    const { action } = rule;
    if (answer === false) continue;
    if (action.kind === 'drop') found.push(rule);
    if (action.kind === 'jump' || action.kind === 'goto')
      found.push(...dropsIn(action.chain, chain, packet, depth + 1));
    const isEnd = action.kind !== 'continue' && action.kind !== 'jump' && action.kind !== 'translate';
    if (answer === true && isEnd) return found;
  }
  return found;
}
