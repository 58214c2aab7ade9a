import type { Binding } from '../model/binding.ts';
import type { Match, Rule } from '../ruleset/ruleset.ts';

/** `MATCH return` */
export const returnOn = (match: Match): Rule => ({ match: [match], statement: { kind: 'return' } });

/**
 * Only the first packet of a TCP connection may be translated. An open session continues as it is, even if conntrack
 * did not see it begin (docs/netfilter.md, fact 11).
 *
 *     tcp flags & (fin | syn | rst | ack) != syn return
 */
export const skipEstablishedTcp = (bindings: readonly Binding[]): Rule[] =>
  bindings.some(({ protocol }) => protocol === 'tcp') ? [returnOn({ kind: 'tcp-not-first' })] : [];
