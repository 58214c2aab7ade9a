/** Holds the guard alone, if routing stays on after the forwards were removed. */
export const GUARD_TABLE = { family: 'inet', name: 'portfwd_guard' } as const;
