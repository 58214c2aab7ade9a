import { asFailure } from '../failure/failure.ts';

/** Undefined if the system refuses it, or if a tool is missing. */
export async function ifKnown<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (asFailure(error) === undefined) throw error;
    return undefined;
  }
}
