import { asFailure, type Failure } from '../../failure/failure.ts';
import { inspectEnabledIn } from '../boot/enabled-in.ts';
import { inspectApplied } from './applied.ts';
import { inspectOutcomes } from './outcomes.ts';
import type { StatePaths } from './paths.ts';
import { inspectSaved } from './saved-sysctls.ts';

/** The files without which every command can go on, and that are damaged. What each of them would say is not known then. */
export const damagedState = ({ stateDir, runtimeDir }: StatePaths): Failure[] =>
  [
    () => inspectApplied(runtimeDir),
    () => inspectOutcomes(stateDir),
    () => inspectEnabledIn(runtimeDir),
    () => inspectSaved(runtimeDir),
  ].flatMap(failureOf);

function failureOf(inspect: () => void): Failure[] {
  try {
    inspect();
    return [];
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    return [failure];
  }
}
