import { emitJson, type EmittedJson } from '../../emit/json.ts';
import { asFailure } from '../../failure/failure.ts';
import type { Applied } from '../../host/state/applied.ts';
import { lower } from '../../lower/lower.ts';
import { enabledForwards, type Forward, type Model } from '../../model/model.ts';
import type { Context } from '../context.ts';
import { startCounting, stopCounting } from '../counters/counters-table.ts';
import { keepCounts } from '../counters/keep-counts.ts';
import { orReport } from '../or-report.ts';
import { holdsRuleset, readKernelTable } from '../read/kernel-table.ts';
import { appliedModel, noRollback } from '../read/last-applied.ts';
import { readFactsFor } from '../read/read-on-host.ts';
import { planRestore, planSysctls } from '../sysctls/plan.ts';
import { endFlows } from './end-flows.ts';
import { withGuardTable } from './guard-table.ts';
import { loadKernel, REMOVAL } from './load-kernel.ts';
import { restoreCopy, type TableCopy } from './table-copy.ts';

/**
 * The document for nft that restores the previous ruleset, compiled for the host as it is now, or removes the table
 * if nothing was loaded. nft has checked it. Throws `no-way-back` if the previous model cannot be read any more.
 */
export async function previousDocument(previous: Applied | undefined, ctx: Context): Promise<string> {
  const model = await previousModel(previous);
  const document = model === undefined ? REMOVAL : emitJson(lower(model, await readFactsFor(model, ctx))).text;
  const whole = await withGuardTable(document, ctx);
  await ctx.host.nft.check(whole);
  return whole;
}

/** A model that cannot be read any more is not the same as none. */
async function previousModel(previous: Applied | undefined): Promise<Model | undefined> {
  if (previous === undefined) return undefined;
  const model = await appliedModel(previous);
  if (model !== undefined) return model;
  throw noRollback('the model that was loaded last cannot be read any more');
}

export interface Reversal {
  /** Undefined: the kernel held nothing of ours. */
  readonly previous: Applied | undefined;
  /** What was on record as loaded last, even if the kernel had lost it. */
  readonly recorded: Applied | undefined;
  /** What is undone. */
  readonly current: Applied;
  /** The host did not route before: then no other program used its routing. */
  readonly routingWasOff: boolean;
  /** Of a table that no record tells how to make again. */
  readonly copy?: TableCopy | undefined;
}

/**
 * After a change that failed, perhaps halfway: if the kernel holds its ruleset anyway, the previous one is
 * restored. False if that fails too, which is reported, unless it is the same failure as `cause`.
 */
export async function restoreAfterFailure(reversal: Reversal, cause: unknown, ctx: Context): Promise<boolean> {
  try {
    const table = await readKernelTable(ctx.host.nft);
    if (holdsRuleset(table, reversal.current.marker)) {
      if (reversal.copy === undefined) await restorePrevious(reversal, ctx);
      else await restoreCopy(reversal.copy, ctx);
    }
    return true;
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    // What made the change fail may well stop this too.
    if (failure.message !== asFailure(cause)?.message) ctx.report.problem(failure);
    return false;
  }
}

/** Brings kernel and state to what was loaded before `current`, and ends the connections that only `current` made. */
export async function restorePrevious(reversal: Reversal, ctx: Context): Promise<void> {
  const { previous, recorded, current, routingWasOff } = reversal;
  const { host, state } = ctx;
  const model = await previousModel(previous);
  const facts = await readFactsFor(model, ctx);
  const ruleset: EmittedJson | undefined = model && emitJson(lower(model, facts));
  const sysctls = await (model === undefined
    ? planRestore(ctx, !routingWasOff)
    : planSysctls(model, facts, ctx, !routingWasOff));
  const undone = (await appliedModel(current)) ?? model;
  if (model?.counters === true && undone !== undefined)
    await orReport(async () => startCounting(model, facts, undone, ctx), ctx);
  await loadKernel({ ruleset, sysctls, regardless: true }, ctx);
  if (model !== undefined && undone !== undefined) await orReport(async () => keepCounts(undone, model, ctx), ctx);
  if (model?.counters !== true) await orReport(async () => stopCounting(undone, ctx), ctx);
  const forwards: readonly Forward[] = model === undefined ? [] : enabledForwards(model);
  await endFlows({ before: current, after: { forwards }, addresses: facts.addresses, keepConnections: false }, ctx);
  await orReport(() => {
    if (recorded === undefined) host.applied.forget(state.runtimeDir);
    else host.applied.write(state.runtimeDir, recorded);
  }, ctx);
}
