import type { Context } from '../context.ts';
import type { SysctlPlan } from '../sysctls/plan.ts';
import type { Refusals } from './collect-refusals.ts';

type Attempt = Refusals['attempt'];

/** Whether the lock, the saved sysctls and the sysctls themselves could be written; writes nothing. */
export async function inspectKernelWrites(
  { restore, set }: SysctlPlan,
  attempt: Attempt,
  { host: { inspect }, state }: Context,
): Promise<void> {
  await attempt(() => inspect.directory(state.runtimeDir));
  for (const { path, after } of [...restore, ...set]) await attempt(() => inspect.sysctl(path, after));
}

/** Whether the history and these files of the model could be written; writes nothing. */
export async function inspectFileWrites(
  files: readonly string[],
  attempt: Attempt,
  { host: { inspect }, state }: Context,
): Promise<void> {
  await attempt(() => {
    inspect.directory(state.stateDir);
    inspect.history(state.stateDir);
  });
  for (const file of files) await attempt(() => inspect.configFile(file));
}
