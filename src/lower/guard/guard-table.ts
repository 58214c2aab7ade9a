import type { HostFacts } from '../../model/host-facts.ts';
import type { Family } from '../../model/model.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { forwardGuard } from './forward-guard.ts';
import { loopbackGuard } from '../guards.ts';

export const GUARD_TABLE = { family: 'inet', name: 'portfwd_guard' } as const;

/**
 * Guards in a table of their own: the forwards are gone, and routing stays on because other programs use it, or a sysctl
 * cannot be restored. `loopback`: route_localnet stays on.
 */
export const lowerGuardTable = (
  families: readonly Family[],
  facts: HostFacts,
  closed: readonly string[],
  loopback = false,
): Ruleset => ({
  table: GUARD_TABLE,
  sets: [],
  maps: [],
  chains: [
    ...(loopback ? [loopbackGuard()] : []),
    ...(families.length > 0 ? forwardGuard(families, facts, closed) : []),
  ],
});
