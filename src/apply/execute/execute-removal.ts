import type { Removal } from '../change.ts';
import { endWatch } from '../boot/firewall-watch.ts';
import type { Context } from '../context.ts';
import { requireAllowed } from '../prepare/collect-refusals.ts';
import { endFlows } from '../steps/end-flows.ts';
import { removeStaleGuardTable } from '../steps/guard-table.ts';
import { loadKernel } from '../steps/load-kernel.ts';

/**
 * `sysctls`: the table was gone already, flushed by another program. `watch`: the sysctls had their previous values too,
 * and only the unit that restored them was left.
 */
export type Removed = 'forwards' | 'sysctls' | 'watch' | 'nothing';

/** Removes the table and puts the sysctls back. Idempotent. Call it under the lock. Throws the first refusal. */
export async function executeRemoval(removal: Removal, ctx: Context): Promise<Removed> {
  requireAllowed(removal);
  const { host, state } = ctx;
  const removed = await remove(removal, ctx);
  if (removal.sysctls.stays.length === 0) await removeStaleGuardTable(host);
  if (removal.flows.before !== undefined) await endFlows(removal.flows, ctx);
  host.applied.forget(state.runtimeDir);
  if (removed !== 'nothing') await host.syslog(`down by ${removal.user}`);
  return removed;
}

async function remove(removal: Removal, ctx: Context): Promise<Removed> {
  const found = whatIsThere(removal);
  if (found === 'nothing') return (await endWatch(ctx)) ? 'watch' : 'nothing';
  await loadKernel(removal, ctx);
  return found;
}

function whatIsThere({ table, sysctls }: Removal): Exclude<Removed, 'watch'> {
  if (table?.kind === 'ours') return 'forwards';
  return Object.keys(sysctls.saved.before).length > 0 ? 'sysctls' : 'nothing';
}
