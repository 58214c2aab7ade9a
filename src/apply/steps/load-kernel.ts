import { join } from 'node:path';
import { COUNTERS_TABLE } from '../../counters/table.ts';
import type { EmittedJson } from '../../emit/json.ts';
import { sysctlName } from '../../diagnose/printed-command.ts';
import { Failure } from '../../failure/failure.ts';
import type { Nft } from '../../host/nft/nft.ts';
import type { SavedSysctls } from '../../host/state/saved-sysctls.ts';
import { GUARD_TABLE } from '../../lower/guard/guard-table.ts';
import { TABLE } from '../../lower/lower.ts';
import type { Family } from '../../model/model.ts';
import type { KernelStep } from '../change.ts';
import type { Context } from '../context.ts';
import { orReport } from '../or-report.ts';
import type { SysctlChange, SysctlPlan } from '../sysctls/plan.ts';
import type { SysctlValue } from '../sysctls/required.ts';
import { isRoutingOf } from '../sysctls/routing-stays.ts';
import { undoChange, writeChange } from '../sysctls/write.ts';
import { openedBy, reportOpened, watchFirewall } from '../boot/firewall-watch.ts';
import { loadGuardTable, needsGuard, removeGuardTable, type Guarded } from './guard-table.ts';
import { NOTHING_STUCK, restoreSysctls, restoreWhatCan, stillSaved, type Stuck } from './restore-sysctls.ts';
import { holdsRuleset, readKernelTable, requireOwnTable } from '../read/kernel-table.ts';
import { readOwnChains, type OwnChains } from '../read/own-chains.ts';

/** Removes the table, and that with the counters. `add` comes before `delete`, so it succeeds if one is not there. */
export const REMOVAL = JSON.stringify({
  nftables: [TABLE, COUNTERS_TABLE].flatMap((table) => [{ add: { table } }, { delete: { table } }]),
});

/**
 * Brings the kernel to a ruleset and its sysctls. A sysctl that opens something is on only while the guard chain of
 * the ruleset is loaded: it goes off before the load and on after it. The value to put back is on disk before either.
 * If the process is killed at any point, everything that is open is guarded. Throws `foreign-table` unless `adopt`.
 * Returns the sysctls that could not be restored, which is a failure unless `regardless`. `read`: what the kernel holds, if
 * the caller has asked for it just before.
 */
export async function loadKernel(step: KernelStep, ctx: Context, read?: OwnChains): Promise<readonly SysctlChange[]> {
  const { ruleset, sysctls, adopt = false, regardless = false, isLoaded = false } = step;
  const { nft, sysctl } = ctx.host;
  const { restore, set, saved, stays } = sysctls;
  const chains = read ?? (await readOwnChains(nft));
  const table = await readKernelTable(nft, chains);
  if (!adopt) requireOwnTable(table);
  const watch = await watchFirewall(openedBy([...sysctls.required, ...stayingOn(sysctls)], saved.after), ctx);
  let isOnRecord = false;
  let stuck = NOTHING_STUCK;
  try {
    isOnRecord = await recordValues(step, ctx);
    if (regardless) stuck = restoreWhatCan(sysctls, sysctl);
    else restoreSysctls(sysctls, sysctl);
    const guarded = guardedAfter(sysctls, stuck);
    if (needsGuard(guarded)) await loadGuardTable(guarded, ctx, regardless);
    if (ruleset === undefined && table.kind === 'ours') await remove(nft, regardless);
    if (ruleset !== undefined && !isLoaded) await load(ruleset, nft, regardless);
  } catch (error) {
    if (await isPreviousLoaded(ruleset?.marker, nft))
      for (const change of [...restore].reverse()) await orReport(() => undoChange(change, sysctl), ctx);
    // Nothing was turned on.
    await orReport(() => sysctl.writeSaved(ctx.state.runtimeDir, saved.before), ctx);
    throw error;
  }
  for (const change of isOnRecord ? set : []) await unless(!regardless, () => writeChange(change, sysctl), ctx);
  const hasGuardTable = chains.get(GUARD_TABLE.name)?.length !== 0;
  if (hasGuardTable && !needsGuard(guardedAfter(sysctls, stuck))) await removeGuardTable(saved.before, nft, regardless);
  if (stays.length > 0) ctx.report.routingStays(stays);
  if (stuck.failure !== undefined) ctx.report.problem(stuck.failure);
  const after = stillSaved(sysctls, stuck);
  // Also if nothing changes: a run that was killed here has left this to the next one.
  if (!isEmpty(saved.before) || !isEmpty(after))
    await unless(!regardless, () => sysctl.writeSaved(ctx.state.runtimeDir, after), ctx);
  await watch.start();
  reportOpened(
    openedBy(
      set.map(({ path, after: value }) => [path, value]),
      saved.after,
    ),
    ctx,
  );
  return stuck.changes;
}

/** A failure is thrown, or else reported. */
const unless = async (isThrown: boolean, work: () => void, ctx: Context): Promise<unknown> =>
  isThrown ? work() : orReport(work, ctx);

/**
 * Writes down the values to put back one day. Then nothing may be turned on if some of them are not on record: that is a
 * failure, or false if `regardless`.
 */
async function recordValues({ sysctls, regardless = false }: KernelStep, ctx: Context): Promise<boolean> {
  const { restore, set, saved } = sysctls;
  const { sysctl } = ctx.host;
  const { runtimeDir } = ctx.state;
  const isNew = reportRecovered(sysctls, ctx);
  if (!isNew && restore.length + set.length === 0) return true;
  const values = { ...saved.before, ...saved.after };
  await unless(!regardless, () => sysctl.writeSaved(runtimeDir, values), ctx);
  const onRecord = sysctl.readSaved(runtimeDir);
  const isOnRecord = Object.keys(saved.after).every((path) => onRecord[path] !== undefined);
  if (!isOnRecord && !regardless) throw notOnRecord(join(runtimeDir, sysctl.savedFile));
  return isOnRecord;
}

const notOnRecord = (file: string): Failure =>
  new Failure(
    'state-directory',
    `${file}, which has the values of sysctls from before this change, cannot be read`,
    'look at its directory and file system, then run the command again',
  );

const guardedAfter = ({ stays }: SysctlPlan, { guarded }: Stuck): Guarded => ({
  families: [...new Set([...familiesOf(stays), ...guarded.families])],
  loopback: guarded.loopback,
});

/** Returns whether values are not on record that are to be put back one day. */
function reportRecovered({ saved }: SysctlPlan, { host: { sysctl }, state, report }: Context): boolean {
  const onRecord = sysctl.readSaved(state.runtimeDir);
  const missing = Object.keys(saved.before).filter((path) => onRecord[path] === undefined);
  const opened = openedBy(
    missing.map((path) => [path, '1']),
    saved.before,
  );
  if (opened.length > 0) report.recovered(opened.map(({ path }) => sysctlName(path)));
  return missing.length > 0;
}

const familiesOf = (stays: SysctlPlan['stays']): Family[] => stays.map(({ family }) => family);

/** The values that stay on for other programs. */
const stayingOn = ({ stays, saved }: SysctlPlan): SysctlValue[] =>
  Object.keys(saved.after)
    .filter((path) => familiesOf(stays).some((family) => isRoutingOf(family, path)))
    .map((path) => [path, '1']);

/** The kernel is asked, not the exit code of nft: it must hold the marker of the ruleset. */
async function load({ text, marker }: EmittedJson, nft: Nft, regardless: boolean): Promise<void> {
  await nft.load(text, regardless);
  if (holdsRuleset(await readKernelTable(nft), marker)) return;
  throw new Failure(
    'not-loaded',
    'nft reported success, but the kernel does not hold the ruleset',
    'run portfwd status, then portfwd apply again',
  );
}

/** As for a load, the kernel is asked. */
async function remove(nft: Nft, regardless: boolean): Promise<void> {
  await nft.load(REMOVAL, regardless);
  if ((await readKernelTable(nft)).kind !== 'ours') return;
  throw new Failure(
    'not-loaded',
    `nft reported success, but the kernel still holds the table ${TABLE.family} ${TABLE.name}`,
    'run portfwd status, then portfwd down again',
  );
}

const isEmpty = (values: SavedSysctls): boolean => Object.keys(values).length === 0;

/**
 * Whether the previous table, with its guard chains, is still loaded after a failure. An nft that was killed, or ended
 * with an error, may have done its work. False if it cannot be found out: then no sysctl may be turned on again.
 */
const isPreviousLoaded = async (marker: string | undefined, nft: Nft): Promise<boolean> =>
  readKernelTable(nft).then(
    (table) => table.kind === 'ours' && table.marker !== marker,
    () => false,
  );
