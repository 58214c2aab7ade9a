import type { Remembered } from '../host/sysctl.ts';

export type SysctlValue = readonly [path: string, value: string];

export interface SysctlPlan {
  /** Put back before the ruleset changes: what they opened closes while its guard still stands. */
  readonly restore: readonly SysctlValue[];
  /** Set after the ruleset is loaded: the guard stands before they open anything. */
  readonly set: readonly SysctlValue[];
  /** What was found before portfwd's first change, for what is wanted now. */
  readonly remember: Remembered;
}

/** `wanted` in the order in which they are to be set; what is already so, by somebody else's doing, is not ours. */
export function planSysctls(
  wanted: readonly SysctlValue[],
  remembered: Remembered,
  read: (path: string) => string | undefined,
): SysctlPlan {
  const paths = new Set(wanted.map(([path]) => path));
  const found = wanted.flatMap(([path, value]): SysctlValue[] => {
    const current = read(path);
    const before = remembered[path] ?? (current === value ? undefined : current);
    return before === undefined ? [] : [[path, before]];
  });
  return {
    restore: Object.entries(remembered)
      .filter(([path]) => !paths.has(path))
      .toReversed(),
    set: wanted.filter(([path, value]) => ![value, undefined].includes(read(path))),
    remember: Object.fromEntries(found),
  };
}
