import type { Applied } from '../../host/state/applied.ts';
import { enabledForwards, type Forward } from '../../model/model.ts';
import type { Removal } from '../change.ts';
import { endWatch } from '../boot/firewall-watch.ts';
import type { Context } from '../context.ts';
import { removeCounters } from '../counters/counters-table.ts';
import { keepAllCounts } from '../counters/keep-counts.ts';
import { orReport } from '../or-report.ts';
import { requireAllowed } from '../prepare/collect-refusals.ts';
import { appliedModel } from '../read/last-applied.ts';
import { endFlows } from '../steps/end-flows.ts';
import { removeStaleGuardTable } from '../steps/guard-table.ts';
import { loadKernel } from '../steps/load-kernel.ts';
import type { SysctlChange } from '../sysctls/plan.ts';

/**
 * `sysctls`: the table was gone already, flushed by another program. `watch`: the sysctls had their previous values too,
 * and only the unit that restored them was left.
 */
export type Removed = 'forwards' | 'sysctls' | 'watch' | 'nothing';

export interface Removing {
  readonly removed: Removed;
  /** The sysctls that could not be restored. They stay on behind a guard. */
  readonly notRestored: readonly SysctlChange[];
}

/**
 * Removes the table and puts the sysctls back. Idempotent. Call it under the lock. Throws the first refusal. What cannot
 * be restored or forgotten, for example on a full or read-only disk, is reported.
 */
export async function executeRemoval(removal: Removal, ctx: Context): Promise<Removing> {
  requireAllowed(removal);
  const { host, state } = ctx;
  const { before } = removal.flows;
  await orReport(() => host.pending.callOff(state.stateDir), ctx);
  await orReport(async () => keepAllCounts(await forwardsOf(before), ctx), ctx);
  const { removed, notRestored } = await remove(removal, ctx);
  await orReport(async () => removeCounters(host), ctx);
  if (removal.sysctls.stays.length + notRestored.length === 0) await removeStaleGuardTable(host);
  if (before !== undefined) await endFlows(removal.flows, ctx);
  await orReport(() => host.applied.forget(state.runtimeDir), ctx);
  await orReport(() => host.toldNotes.forget(state.runtimeDir), ctx);
  if (removed !== 'nothing') await host.syslog(`down by ${removal.user}`);
  return { removed, notRestored };
}

async function forwardsOf(applied: Applied | undefined): Promise<readonly Forward[]> {
  const model = applied && (await appliedModel(applied));
  return model === undefined ? [] : enabledForwards(model);
}

async function remove(removal: Removal, ctx: Context): Promise<Removing> {
  const found = whatIsThere(removal);
  if (found === 'nothing') return { removed: (await endWatch(ctx)) ? 'watch' : 'nothing', notRestored: [] };
  return { removed: found, notRestored: await loadKernel(removal, ctx) };
}

function whatIsThere({ table, sysctls }: Removal): Exclude<Removed, 'watch'> {
  if (table?.kind === 'ours') return 'forwards';
  return Object.keys(sysctls.saved.before).length > 0 ? 'sysctls' : 'nothing';
}
