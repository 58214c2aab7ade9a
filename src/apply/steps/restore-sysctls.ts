import { sysctlName } from '../../diagnose/printed-command.ts';
import { asFailure, Failure } from '../../failure/failure.ts';
import type { Host } from '../../host/host.ts';
import type { SavedSysctls } from '../../host/state/saved-sysctls.ts';
import { isAlong } from '../sysctls/along.ts';
import { wholeHostLast, type SysctlChange, type SysctlPlan } from '../sysctls/plan.ts';
import { FUTURE_LINKS, laterLinks, linkOf } from '../sysctls/route-localnet.ts';
import { isForwardingOf } from '../sysctls/routing-stays.ts';
import { writeChange } from '../sysctls/write.ts';
import type { Guarded } from './guard-table.ts';

type Sysctl = Host['sysctl'];

/** Puts the values back. Throws `permission`. */
export function restoreSysctls({ restore, saved }: SysctlPlan, sysctl: Sysctl): void {
  for (const change of restore) writeChange(change, sysctl);
  closeLaterLinks(restore, saved, sysctl);
}

/** What could not be put back. */
export interface Stuck {
  readonly changes: readonly SysctlChange[];
  readonly guarded: Guarded;
  /** Undefined: everything was put back. */
  readonly failure: Failure | undefined;
}

export const NOTHING_STUCK: Stuck = {
  changes: [],
  guarded: { families: [], loopback: false },
  failure: undefined,
};

/** Puts back what can be put back, for example if /proc/sys is read-only. The kernel is asked what it made of that. */
export function restoreWhatCan({ restore, saved }: SysctlPlan, sysctl: Sysctl): Stuck {
  const details = [
    ...restore.map((change) => tryTo(() => writeChange(change, sysctl))),
    tryTo(() => closeLaterLinks(restore, saved, sysctl)),
  ].flatMap((failure) => failure?.message ?? []);
  const changes = restore.filter(({ path, after }) => ![after, undefined].includes(sysctl.read(path)));
  if (changes.length === 0) return NOTHING_STUCK;
  const families = (['ip', 'ip6'] as const).filter((family) =>
    changes.some(({ path }) => isForwardingOf(family, path)),
  );
  const guarded = { families, loopback: changes.some(({ path }) => linkOf(path) !== undefined) };
  return { changes, guarded, failure: notRestored(changes, details, sysctl) };
}

function tryTo(work: () => void): Failure | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    return failure;
  }
}

/** An interface may have been created since the plan was made, while `default` was still on. */
function closeLaterLinks(restore: readonly SysctlChange[], saved: SysctlPlan['saved'], sysctl: Sysctl): void {
  const future = restore.find(({ path }) => path === FUTURE_LINKS);
  if (future === undefined) return;
  const known = { ...saved.before, ...saved.after };
  for (const [path, value] of laterLinks(known, future.before, sysctl)) sysctl.write(path, value);
}

function notRestored(changes: readonly SysctlChange[], details: readonly string[], { read }: Sysctl): Failure {
  const values = changes.map(({ path, after }) => `${sysctlName(path)} stays ${read(path)} and was ${after} before`);
  return new Failure(
    'permission',
    `sysctls could not be restored: ${values.join(', ')}`,
    'what they open stays guarded in the kernel; mount /proc/sys writable, then run portfwd down',
    details.join('\n'),
  );
}

/** The values to put back one day, those that are stuck included. */
export function stillSaved({ saved }: SysctlPlan, { changes }: Stuck): SavedSysctls {
  const isKept = (path: string): boolean =>
    changes.some((change) => path === change.path || isAlong(path, change.path));
  const kept = Object.entries(saved.before).filter(([path]) => isKept(path));
  return kept.length === 0 ? saved.after : wholeHostLast({ ...Object.fromEntries(kept), ...saved.after });
}
