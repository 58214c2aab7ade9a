import type { HostFacts } from '../model/host-facts.ts';
import type { Family } from '../model/model.ts';
import type { Ruleset } from '../ruleset/ruleset.ts';
import { forwardGuard } from './forward-guard.ts';

export const GUARD_TABLE = { family: 'inet', name: 'portfwd_guard' } as const;

/** The guard in a table of its own: routing stays on because other programs use it, and the forwards are gone. */
export const lowerGuardTable = (families: readonly Family[], facts: HostFacts, closed: readonly string[]): Ruleset => ({
  table: GUARD_TABLE,
  sets: [],
  maps: [],
  chains: forwardGuard(families, facts, closed),
});
