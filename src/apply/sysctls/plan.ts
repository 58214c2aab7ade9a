import type { SavedSysctls } from '../../host/state/sysctl.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Model } from '../../model/model.ts';
import type { Context } from '../context.ts';
import { requiredSysctls, type SysctlValue } from './required.ts';

/** Path below /proc/sys. */
export interface SysctlChange {
  readonly path: string;
  /** The value now. Undefined: there is no such sysctl, as of an interface that is gone. */
  readonly before: string | undefined;
  readonly after: string;
}

export interface SysctlPlan {
  /** Without these the forwards would not work, in the order in which they are set. */
  readonly required: readonly SysctlValue[];
  /** Put back before the ruleset changes: what they opened closes while its guard chain is still loaded. */
  readonly restore: readonly SysctlChange[];
  /** Set after the ruleset is loaded: the guard chain is there before they open anything. */
  readonly set: readonly SysctlChange[];
  /** The values to put back one day: saved by earlier runs, and by this one. */
  readonly saved: { readonly before: SavedSysctls; readonly after: SavedSysctls };
}

export const NO_SYSCTLS: SysctlPlan = { required: [], restore: [], set: [], saved: { before: {}, after: {} } };

/** Reads only. Throws `no-route`. */
export async function planSysctls(model: Model, facts: HostFacts, ctx: Context): Promise<SysctlPlan> {
  const { sysctl } = ctx.host;
  const saved = sysctl.readSaved(ctx.state.runtimeDir);
  return sysctlPlan(await requiredSysctls(model, facts, saved, ctx.host), saved, sysctl.read);
}

/** No forward requires anything any more: every sysctl gets its saved value. Reads only. */
export const planRestore = ({ host: { sysctl }, state }: Context): SysctlPlan =>
  sysctlPlan([], sysctl.readSaved(state.runtimeDir), sysctl.read);

/** A sysctl that already had its value is not ours to put back. */
function sysctlPlan(
  required: readonly SysctlValue[],
  saved: SavedSysctls,
  read: (path: string) => string | undefined,
): SysctlPlan {
  const paths = new Set(required.map(([path]) => path));
  const kept = required.flatMap(([path, value]): SysctlValue[] => {
    const current = read(path);
    const original = saved[path] ?? (current === value ? undefined : current);
    return original === undefined ? [] : [[path, original]];
  });
  const change = ([path, after]: SysctlValue): SysctlChange => ({ path, before: read(path), after });
  return {
    required,
    restore: Object.entries(saved)
      .filter(([path]) => !paths.has(path))
      .reverse()
      .map(change)
      .filter(({ before, after }) => before !== after),
    set: required.map(change).filter(({ before, after }) => before !== undefined && before !== after),
    saved: { before: saved, after: Object.fromEntries(kept) },
  };
}
