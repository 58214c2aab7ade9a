import type { Context } from './context.ts';

/** One run at a time for each state directory. Throws `locked` if another run does not finish in time. */
export const withStateLock = async <T>({ host, state, report }: Context, work: () => Promise<T>): Promise<T> =>
  host.withLock(state.runtimeDir, work, report.waitingFor);

/**
 * On a full or read-only disk, or with a directory in its place, there can be no lock. That is reported. Other runs cannot
 * create one either.
 */
export const withLockIfPossible = async <T>({ host, state, report }: Context, work: () => Promise<T>): Promise<T> =>
  host.withLock(state.runtimeDir, work, report.waitingFor, report.problem);
