/** Documented in docs/operations.md; scripts rely on them. */
export const EXIT = {
  ok: 0,
  findings: 1,
  usage: 2,
  environment: 3,
  rejected: 4,
  locked: 5,
  notConfirmed: 6,
  /** Of `plan`, for which 1 means that something would change. */
  invalid: 7,
  internal: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
