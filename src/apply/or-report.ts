import { asFailure } from '../failure/failure.ts';
import type { Context } from './context.ts';

/** For steps that do not undo the command if they fail: the failure is reported. Undefined then. */
export async function orReport<T>(step: () => T | Promise<T>, { report }: Context): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    report.problem(failure);
    return undefined;
  }
}
