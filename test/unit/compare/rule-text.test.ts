import { expect, test } from 'vitest';
import { ruleText } from '../../../src/compare/rule-text.ts';

/** As nft -j -n lists it. */
const SHUT_OUT = [
  { match: { op: '==', left: { meta: { key: 'nfproto' } }, right: 10 } },
  { match: { op: '==', left: { meta: { key: 'l4proto' } }, right: 6 } },
  {
    match: {
      op: '==',
      left: { concat: [{ meta: { key: 'l4proto' } }, { payload: { protocol: 'th', field: 'dport' } }] },
      right: '@pf_restricted6',
    },
  },
  { drop: null },
];

test('numbers that stand for words are told as words', () => {
  expect(ruleText({ expr: SHUT_OUT })).toBe(
    'meta nfproto ipv6 meta l4proto tcp meta l4proto . th dport @pf_restricted6 drop',
  );
});
