import type { Rule } from '../ruleset/ruleset.ts';
import type { Claim } from './claim.ts';

/**
 * Only the first packet of a TCP connection is anybody's business: an open session goes on as it is, even
 * where conntrack did not see it begin (fact 11).
 *
 *     tcp flags & (fin | syn | rst | ack) != syn return
 */
export const returnUnlessFirst = (claims: readonly Claim[]): Rule[] =>
  claims.some(({ protocol }) => protocol === 'tcp')
    ? [{ match: [{ kind: 'not-syn' }], statement: { kind: 'return' } }]
    : [];
