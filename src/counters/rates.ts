import type { Usage } from './ledger.ts';

/** Per second. */
export interface Rates {
  readonly sentBytes: number;
  readonly repliesBytes: number;
  readonly connections: number;
}

/** Undefined without an earlier reading. A new table begins at 0. */
export function ratesBetween(before: Usage | undefined, now: Usage, seconds: number): Rates | undefined {
  if (before === undefined || seconds <= 0) return undefined;
  const rate = (then: number, later: number): number => Math.max(0, later - then) / seconds;
  return {
    sentBytes: rate(before.sent.bytes, now.sent.bytes),
    repliesBytes: rate(before.replies.bytes, now.replies.bytes),
    connections: rate(before.connections, now.connections),
  };
}
