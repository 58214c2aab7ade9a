import type { Forward } from '../model/model.ts';
import type { Case } from './case.ts';
import type { Cause } from './cause.ts';
import { causesOf } from './causes.ts';
import type { Evidence } from './evidence.ts';
import { stepsOf, type Step } from './steps.ts';

/**
 * `fault`: it does not work. `doubt`: some clients may not reach it. `sound`: nothing was found. `unknown`: nothing was
 * found, but the kernel could not be asked. `disabled`: the file says so.
 */
export type Judgement = 'fault' | 'doubt' | 'sound' | 'unknown' | 'disabled';

export interface Verdict {
  readonly forward: Forward;
  readonly judgement: Judgement;
  /** The first one is what to fix first. */
  readonly causes: readonly Cause[];
  /** What was found on the way of a packet. */
  readonly steps: readonly Step[];
}

/** `asked`: the user named this forward, so that it is disabled is what is wrong. */
export function verdictOn(one: Case, asked: boolean, evidence: Evidence): Verdict {
  const { forward } = one;
  if (!forward.enabled && !asked) return { forward, judgement: 'disabled', causes: [], steps: [] };
  const causes = causesOf(one, evidence);
  const levels = new Set(causes.map(({ level }) => level));
  const found = levels.has('fault') ? 'fault' : levels.has('doubt') ? 'doubt' : undefined;
  const judgement = found ?? (evidence.kernel === undefined ? 'unknown' : 'sound');
  return { forward, judgement, causes, steps: stepsOf(one, evidence) };
}
