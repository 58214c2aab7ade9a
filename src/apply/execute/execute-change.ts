import { asFailure } from '../../failure/failure.ts';
import type { Applied } from '../../host/state/applied.ts';
import type { PendingChange } from '../../host/state/pending-change.ts';
import { installBoot, startBootService } from '../boot/install.ts';
import type { Change } from '../change.ts';
import { namingRejectedForward } from '../check-ruleset.ts';
import { openPending, restartClock } from '../confirm/open-pending.ts';
import { cancelPending } from '../confirm/pending.ts';
import type { Context } from '../context.ts';
import { startCounting, stopCounting } from '../counters/counters-table.ts';
import { keepCounts } from '../counters/keep-counts.ts';
import { orReport } from '../or-report.ts';
import type { Model } from '../../model/model.ts';
import { requireAllowed } from '../prepare/collect-refusals.ts';
import { saveForeignTable } from '../read/kernel-table.ts';
import { appliedModel } from '../read/last-applied.ts';
import { readOwnChains } from '../read/own-chains.ts';
import { partPath, unpackParts } from '../../parts/parts.ts';
import { isSame } from '../same-bytes.ts';
import { STANDARD_INPUT } from '../standard-input.ts';
import { commitGeneration, isNewestGeneration, newGeneration, type PreparedFiles } from '../steps/commit.ts';
import { endFlows } from '../steps/end-flows.ts';
import { loadKernel } from '../steps/load-kernel.ts';
import { restoreAfterFailure } from '../steps/restore.ts';
import { copyOfUnknown } from '../steps/table-copy.ts';
import { turnsRoutingOn } from '../sysctls/routing-stays.ts';

/**
 * Loads a change and commits it, or leaves it pending if it is to be confirmed. If any step fails, kernel, files and
 * state are as before. Call it under the lock under which the change was prepared. Throws the first refusal.
 */
export async function executeChange(change: Change, ctx: Context): Promise<PendingChange | undefined> {
  requireAllowed(change);
  removeUnfinished(change, ctx);
  if (change.isLoaded === true) return keepLoaded(change, ctx);
  const files = await prepareFiles(change, ctx);
  try {
    const pending = await namingRejectedForward(change, ctx.host.nft, async () => loadAndCommit(change, files, ctx));
    if (pending === undefined) await endFlows(change.flows, ctx);
    recordApplied(appliedBy(change), ctx);
    return pending && change.confirm && restartClock(pending, change.confirm.seconds, ctx);
  } finally {
    files.config?.discard();
    files.boot?.discard();
  }
}

/**
 * The kernel holds the ruleset, and nothing else of the host differs. A file that was written in another way becomes a
 * generation, and a service that was stopped is started.
 */
async function keepLoaded(change: Change, ctx: Context): Promise<undefined> {
  const applied = appliedBy(change);
  const generation = newGeneration(change, applied);
  await loadKernel(change, ctx);
  if (!isNewestGeneration(generation, ctx)) await commitGeneration(generation, {}, ctx);
  // After a boot, what was saved before it is added to the sums.
  if (change.model.counters) await orReport(async () => keepCounts(await loadedBefore(change), change.model, ctx), ctx);
  if (change.boot !== undefined) await startBootService(change.boot, [], ctx);
  await endFlows(change.flows, ctx);
  recordApplied(applied, ctx);
}

/** Of runs that were killed, since this one may write none of these files. */
function removeUnfinished({ file, bytes }: Change, { host, state }: Context): void {
  const files = file === STANDARD_INPUT ? [] : unpackParts(bytes).map(({ name }) => partPath(file, name));
  const boot = host.boot.read(state.stateDir)?.files ?? [];
  for (const path of [...files, ...boot.map((one) => one.path)]) host.removeUnfinished(path);
}

/** The new files are on disk before the load, so that a full disk stops the change before it touches the kernel. */
async function prepareFiles({ edited, file, boot, confirm }: Change, ctx: Context): Promise<PreparedFiles> {
  const config = edited && (await ctx.host.prepareModelFiles(file, edited));
  try {
    return {
      config,
      kept: edited?.keep,
      boot: boot === undefined || confirm !== undefined ? undefined : installBoot(boot, ctx),
    };
  } catch (error) {
    config?.discard();
    throw error;
  }
}

async function loadAndCommit(change: Change, files: PreparedFiles, ctx: Context): Promise<PendingChange | undefined> {
  const { command, user, previous } = change;
  const applied = appliedBy(change);
  const copy = change.confirm === undefined ? await copyOfUnknown(change, ctx) : undefined;
  const pending = change.confirm && (await openPending(change, change.confirm, applied, ctx));
  try {
    const saved = change.adopt ? await saveForeignTable(ctx.state.stateDir, ctx.host) : undefined;
    await loadCounted(change, ctx);
    if (saved !== undefined) ctx.report.tableSaved(saved);
    if (pending === undefined) await commitGeneration(newGeneration(change, applied), files, ctx);
    else await ctx.host.syslog(`${command} by ${user}: loaded, waits to be confirmed, ${applied.marker}`);
    return pending;
  } catch (error) {
    const routingWasOff = turnsRoutingOn(change.sysctls);
    if (change.table?.kind !== 'ours') await orReport(async () => stopCounting(undefined, ctx), ctx);
    if (pending === undefined)
      await restoreAfterFailure({ previous, recorded: previous, current: applied, routingWasOff, copy }, error, ctx);
    else await cancelPending(pending, error, ctx);
    throw error;
  }
}

/** Forwards work without counters, so a failure there ends nothing. */
async function loadCounted(change: Change, ctx: Context): Promise<void> {
  const { model, facts } = change;
  const before = await loadedBefore(change);
  const chains = await readOwnChains(ctx.host.nft);
  if (model.counters) await orReport(async () => startCounting(model, facts, before, ctx, chains), ctx);
  await loadKernel(change, ctx, chains);
  await orReport(async () => keepCounts(before, model, ctx), ctx);
  if (!model.counters) await orReport(async () => stopCounting(model, ctx), ctx);
}

/** If nothing is on record, the listens of the new forwards tell best what was counted. */
async function loadedBefore({ previous, bytes, model }: Change): Promise<Model> {
  const known = previous === undefined || isSame(previous.model, bytes) ? undefined : await appliedModel(previous);
  return known ?? model;
}

const appliedBy = ({ ruleset, bytes, enableForwarding }: Change): Applied => ({
  marker: ruleset.marker,
  model: bytes,
  enableForwarding,
});

/** If this record cannot be written, the history still has the information. */
function recordApplied(applied: Applied, { host, state, report }: Context): void {
  try {
    host.applied.write(state.runtimeDir, applied);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    report.problem(failure);
  }
}
