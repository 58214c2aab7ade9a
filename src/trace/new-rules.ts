import type { Traced, Trail } from './collect.ts';
import { withoutCounts, type TraceEvent } from './event.ts';
import { TRACE_PREFIX } from './table.ts';

/** A rule that nft did not know when it printed its event. */
export interface NewRule {
  /** Family and name. */
  readonly table: string;
  readonly chain: string;
  readonly handle: string;
}

/** The rules of other tables that a packet passed and that nft did not know. */
export const newRules = ({ request, answer }: Traced): readonly NewRule[] =>
  [request, answer].flatMap((trail) =>
    (trail?.events ?? []).flatMap((event) => {
      const handle = handleOf(event);
      return handle === undefined ? [] : [{ table: event.table, chain: event.chain, handle }];
    }),
  );

/** Puts the texts of these rules in. A rule without a text may be gone by now. */
export function withRules(traced: Traced, textOf: (rule: NewRule) => string | undefined): Traced {
  const readable = (trail: Trail): Trail => ({
    ...trail,
    events: trail.events.map((event) => {
      const handle = handleOf(event);
      const text = handle === undefined ? undefined : textOf({ table: event.table, chain: event.chain, handle });
      return text === undefined ? event : { ...event, rule: withoutCounts(text) };
    }),
  });
  return { ...traced, request: readable(traced.request), answer: traced.answer && readable(traced.answer) };
}

const handleOf = (event: TraceEvent): string | undefined =>
  event.kind === 'rule' && !event.table.startsWith(`inet ${TRACE_PREFIX}`) ? event.handle : undefined;
