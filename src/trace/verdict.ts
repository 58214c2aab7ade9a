import type { Traced } from './collect.ts';
import type { Header } from './header.ts';
import { tell, type At, type End, type Reached, type Step, type Told } from './steps.ts';
import type { Hook } from './table.ts';

/** What became of a connection. */
export type Verdict =
  | { readonly kind: 'answered' }
  /** The answer is a refusal: a reset of TCP, or an ICMP message. */
  | { readonly kind: 'refused'; readonly by: string; readonly icmp: string | undefined }
  | (At & { readonly kind: 'dropped' | 'rejected'; readonly by: { readonly rule: string } | 'policy' })
  | (At & { readonly kind: 'queued'; readonly rule: string })
  /** It was seen there, and at no later place. No nft rule dropped it. */
  | { readonly kind: 'lost'; readonly hook: Hook; readonly at: 'first' | 'tracked' | 'last' }
  | { readonly kind: 'unanswered' }
  | (At & { readonly kind: 'answer dropped'; readonly by: { readonly rule: string } | 'policy' })
  | { readonly kind: 'answer lost'; readonly hook: Hook; readonly at: 'first' | 'tracked' | 'last' }
  /** No rule rewrote its destination. */
  | { readonly kind: 'not forwarded'; readonly known: boolean }
  /** Events were lost, so the rest of its way is not known. */
  | { readonly kind: 'unknown' };

export interface Judged {
  readonly first: Header;
  readonly request: Told;
  /** The header is that at the beginning of its way. */
  readonly answer: (Told & { readonly first: Header }) | undefined;
  /** Where the packet goes to, after NAT. */
  readonly destination: End;
  readonly repeats: number;
  readonly verdict: Verdict;
}

/** Judges a connection that nothing more is expected of. */
export function judge(connection: Traced, lost: boolean): Judged {
  const { request: trail, answer: answerTrail, repeats } = connection;
  const request = tell(trail);
  const first = firstOf(trail);
  const answer = answerTrail && { ...tell(answerTrail), first: firstOf(answerTrail) };
  const { daddr, dport } = trail.last;
  const destination = { address: daddr, port: dport };
  return { first, request, answer, destination, repeats, verdict: verdictOf(request, answer, lost) };
}

/** Nothing more is expected of it: it was dropped, or its answer came to an end. */
export function isOver({ request, answer }: Traced): boolean {
  const { kind } = tell(request).reached;
  if (kind === 'dropped' || kind === 'queued') return true;
  // The answer of a rule that rejects comes before the event of the rule.
  if (kind === 'not seen further') return false;
  return answer !== undefined && tell(answer).reached.kind !== 'not seen further';
}

const firstOf = ({ events, last }: Traced['request']): Header => {
  const [event] = events;
  return event?.kind === 'packet' ? event.header : last;
};

function verdictOf({ steps, reached }: Told, answer: Judged['answer'], lost: boolean): Verdict {
  if (reached.kind === 'dropped') return { ...reached, kind: isReject(reached) ? 'rejected' : 'dropped' };
  if (reached.kind === 'queued') return reached;
  if (reached.kind === 'not seen further') return lost ? { kind: 'unknown' } : { ...reached, kind: 'lost' };
  if (!steps.some(isNewDestination))
    return { kind: 'not forwarded', known: steps.some(({ kind }) => kind === 'known connection') };
  return answer === undefined ? { kind: lost ? 'unknown' : 'unanswered' } : answerVerdict(answer, lost);
}

function answerVerdict({ first, reached }: NonNullable<Judged['answer']>, lost: boolean): Verdict {
  if (reached.kind === 'dropped') return { ...reached, kind: 'answer dropped' };
  if (reached.kind === 'queued') return reached;
  if (reached.kind === 'not seen further') return lost ? { kind: 'unknown' } : { ...reached, kind: 'answer lost' };
  if (first.icmp !== undefined || first.flags.includes('rst'))
    return { kind: 'refused', by: first.saddr, icmp: first.icmp };
  return { kind: 'answered' };
}

const isNewDestination = (step: Step): boolean => step.kind === 'rewritten' && step.what === 'destination';

const isReject = ({ by }: Extract<Reached, { kind: 'dropped' }>): boolean =>
  by !== 'policy' && /\b(?:reject|tcp reset)\b/i.test(by.rule);
