import { readHeader, type Header } from './header.ts';

/** One line of `nft monitor trace`. */
export type TraceEvent = Place & What;

interface Place {
  /** Of the packet. The kernel uses an ID again soon. */
  readonly id: string;
  /** Family and name: `inet fw`. */
  readonly table: string;
  /** A base chain, or the regular chain with the rule. */
  readonly chain: string;
}

type What =
  | { readonly kind: 'packet'; readonly header: Header }
  | {
      readonly kind: 'rule';
      readonly rule: string;
      readonly verdict: string;
      /** Only if nft does not know the rule, because it is newer than the trace. */
      readonly handle?: string;
    }
  /** `mark`: of the packet; 0 is not printed. */
  | { readonly kind: 'policy'; readonly verdict: string; readonly mark?: number };

/**
 * All versions of nft print text, also with -j (docs/netfilter.md, fact 49). Undefined: the line is another one, or
 * its packet is not an IP packet.
 */
export function readEvent(line: string): TraceEvent | undefined {
  const [, id, family, name, chain, keyword, rest = ''] = EVENT.exec(line) ?? [];
  if (id === undefined || chain === undefined) return undefined;
  const place = { id, table: `${family} ${name}`, chain };
  switch (keyword) {
    case 'packet: ': {
      const header = readHeader(rest);
      return header && { ...place, kind: 'packet', header };
    }
    case 'policy ':
      return { ...place, kind: 'policy', verdict: rest.split(' ')[0] ?? '', ...markIn(rest) };
    default: {
      const [, rule = '', verdict = ''] = RULE.exec(rest) ?? [];
      if (verdict === '') return undefined;
      if (keyword === 'rule ') return { ...place, kind: 'rule', rule: withoutCounts(rule), verdict };
      return { ...place, kind: 'rule', rule: `handle ${rule}`, verdict, handle: rule };
    }
  }
}

function markIn(text: string): { readonly mark?: number } {
  const [, mark] = /\bmeta mark (0x[\da-f]{1,8}|\d{1,10})\b/.exec(text) ?? [];
  return mark === undefined ? {} : { mark: Number(mark) };
}

/** The kernel dropped events, because they were not read fast enough. */
export const tellsLoss = (line: string): boolean => /^# ERROR: .*lost|No buffer space/i.test(line);

/** Names can have blanks. The first keyword counts, since the text of a rule can have others. */
const EVENT =
  /^trace id ([\da-f]+) (ip6?|inet|bridge|arp|netdev) (\S+) (\S.*?) (packet: |policy |rule |unknown rule handle )(.*)$/;

const RULE = /^(.*?) ?\(verdict ([^()]*)\)\s*$/;

/** nft prints the counters of its cache, which are old, and a blank for what it cannot print. */
export const withoutCounts = (rule: string): string =>
  rule
    .replaceAll(/\bcounter packets \d+ bytes \d+/g, '')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
