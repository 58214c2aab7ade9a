import type { CountersState } from '../../status/counters.ts';
import type { FieldChange } from '../../compare/forwards.ts';

/** What is wrong with the counters, and what to do. */
export const formatCounters = (state: CountersState | undefined): string[] => {
  const text = state && TEXTS[state];
  return text === undefined ? [] : [`counters: ${text}`];
};

const TEXTS: Readonly<Record<CountersState, string | undefined>> = {
  on: undefined,
  off: undefined,
  missing: 'the kernel does not hold the table inet portfwd_counters, so nothing is counted; portfwd apply loads it',
  changed:
    'another program or version of portfwd changed the table inet portfwd_counters, so values may be wrong; portfwd apply repairs it',
  unwanted: 'the file has counters: false, but the kernel still counts; portfwd apply removes the counters',
};

/** As a change of the setting, which `apply` would make. */
export const countersChange = (state: CountersState): FieldChange[] => {
  const change = CHANGES[state];
  return change === undefined ? [] : [{ field: 'counters', before: change[0], after: change[1] }];
};

const CHANGES: Readonly<Record<CountersState, readonly [string, string] | undefined>> = {
  on: undefined,
  off: undefined,
  missing: ['false', 'true'],
  changed: ['changed', 'true'],
  unwanted: ['true', 'false'],
};
