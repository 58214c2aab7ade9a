import { asFailure, type Failure } from '../../failure/failure.ts';

/** Runs steps that may be refused, and goes on with the next one, so that every refusal is known at once. */
export interface Refusals {
  readonly found: readonly Failure[];
  /** Undefined where the step was refused. */
  readonly attempt: <T>(step: () => T | Promise<T>) => Promise<T | undefined>;
}

export function collectRefusals(): Refusals {
  const found: Failure[] = [];
  return {
    found,
    attempt: async (step) => {
      try {
        return await step();
      } catch (error) {
        const failure = asFailure(error);
        if (failure === undefined) throw error;
        // One cause can stop several steps.
        if (!found.some(({ message }) => message === failure.message)) found.push(failure);
        return undefined;
      }
    },
  };
}

/** Throws the first one. */
export function requireAllowed({ refusals }: { readonly refusals: readonly Failure[] }): void {
  const [first] = refusals;
  if (first !== undefined) throw first;
}
