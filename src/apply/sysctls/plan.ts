import type { SavedSysctls } from '../../host/state/sysctl.ts';
import { Failure } from '../../failure/failure.ts';
import type { FieldChange } from '../../compare/forwards.ts';
import type { Meant } from '../change.ts';
import { statePathsOf, type StateOptions, type World } from '../context.ts';
import { requireForwarding, wantedSysctls } from './required.ts';

export type SysctlValue = readonly [path: string, value: string];

export interface SysctlPlan {
  /** Put back before the ruleset changes: what they opened closes while its guard still stands. */
  readonly restore: readonly SysctlValue[];
  /** Set after the ruleset is loaded: the guard stands before they open anything. */
  readonly set: readonly SysctlValue[];
  /** What was found before portfwd's first change, for what is wanted now. */
  readonly remember: SavedSysctls;
}

/** `wanted` in the order in which they are to be set; what is already so, by somebody else's doing, is not ours. */
export function planSysctls(
  wanted: readonly SysctlValue[],
  saved: SavedSysctls,
  read: (path: string) => string | undefined,
): SysctlPlan {
  const paths = new Set(wanted.map(([path]) => path));
  const found = wanted.flatMap(([path, value]): SysctlValue[] => {
    const current = read(path);
    const before = saved[path] ?? (current === value ? undefined : current);
    return before === undefined ? [] : [[path, before]];
  });
  return {
    restore: Object.entries(saved)
      .filter(([path]) => !paths.has(path))
      .reverse(),
    set: wanted.filter(([path, value]) => ![value, undefined].includes(read(path))),
    remember: Object.fromEntries(found),
  };
}

export interface PlannedSysctls {
  readonly sysctls: readonly FieldChange[];
  /** Why apply would not even begin. */
  readonly refusal?: Failure;
}

/** What apply would set, and put back; reads and writes nothing else. */
export async function plannedSysctls(
  { model, facts }: Meant,
  options: StateOptions,
  world: World,
): Promise<PlannedSysctls> {
  const { sysctl } = world.host;
  const saved = sysctl.readSaved(statePathsOf(options, world).runtimeDir);
  try {
    requireForwarding(model, facts);
    const plan = planSysctls(await wantedSysctls(model, facts, saved, world), saved, sysctl.read);
    const changes = [...plan.restore, ...plan.set].map(([path, after]) => ({
      field: `sysctl ${path.replaceAll('/', '.')}`,
      before: sysctl.read(path) ?? 'absent',
      after,
    }));
    return { sysctls: changes.filter(({ before, after }) => before !== after) };
  } catch (error) {
    if (error instanceof Failure && REFUSALS.has(error.reason)) return { sysctls: [], refusal: error };
    throw error;
  }
}

const REFUSALS: ReadonlySet<string> = new Set(['forwarding-off', 'no-route']);
