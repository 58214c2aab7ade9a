import type { Failure } from '../failure/failure.ts';
import { failureJson, formatFailure } from '../report/failure.ts';
import type { Session } from './session.ts';

/** Prints all refusals but the first, and throws that one: it decides the exit code and is printed last. */
export function throwRefusals(refusals: readonly Failure[], { say }: Session): void {
  const [first, ...others] = refusals;
  if (first === undefined) return;
  if (others.length > 0)
    say({ refusals: refusalsJson(refusals) }, () => others.map((other) => formatFailure(other)).join('\n'));
  throw first;
}

export const refusalsJson = (refusals: readonly Failure[]) => refusals.map((refusal) => failureJson(refusal).failure);
