import { asFailure } from '../failure/failure.ts';
import type { Context } from './context.ts';

/** For steps whose failure does not undo the command: reports the failure and returns undefined. */
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
