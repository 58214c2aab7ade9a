import type { EmittedJson } from '../../emit/json.ts';
import { sysctlName } from '../../diagnose/printed-command.ts';
import { Failure } from '../../failure/failure.ts';
import type { Host } from '../../host/host.ts';
import type { Nft } from '../../host/nft/nft.ts';
import type { SavedSysctls } from '../../host/state/saved-sysctls.ts';
import { TABLE } from '../../lower/lower.ts';
import type { Family } from '../../model/model.ts';
import type { KernelStep } from '../change.ts';
import type { Context } from '../context.ts';
import { FUTURE_LINKS, laterLinks } from '../sysctls/route-localnet.ts';
import type { SysctlPlan } from '../sysctls/plan.ts';
import type { SysctlValue } from '../sysctls/required.ts';
import { isRoutingOf } from '../sysctls/routing-stays.ts';
import { undoChange, writeChange } from '../sysctls/write.ts';
import { openedBy, reportOpened, watchFirewall } from '../boot/firewall-watch.ts';
import { loadGuardTable, removeGuardTable } from './guard-table.ts';
import { holdsRuleset, readKernelTable, requireOwnTable } from '../read/kernel-table.ts';

/** Removes the table. `add` comes before `delete`, so it succeeds even if there is no table any more. */
export const REMOVAL = JSON.stringify({ nftables: [{ add: { table: TABLE } }, { delete: { table: TABLE } }] });

/**
 * Brings the kernel to a ruleset and its sysctls. A sysctl that opens something is on only while the guard chain of
 * the ruleset is loaded: it goes off before the load and on after it. The value to put back is on disk before either.
 * If the process is killed at any point, everything that is open is guarded. Throws `foreign-table` unless `adopt`.
 */
export async function loadKernel({ ruleset, sysctls, adopt = false }: KernelStep, ctx: Context): Promise<void> {
  const { host, state } = ctx;
  const { nft, sysctl } = host;
  const { restore, set, saved, stays } = sysctls;
  const table = await readKernelTable(nft);
  if (!adopt) requireOwnTable(table);
  const watch = await watchFirewall(openedBy([...sysctls.required, ...stayingOn(sysctls)], saved.after), ctx);
  const isNew = reportRecovered(sysctls, ctx);
  if (isNew || restore.length + set.length > 0)
    sysctl.writeSaved(state.runtimeDir, { ...saved.before, ...saved.after });
  try {
    if (stays.length > 0) await loadGuardTable(familiesOf(stays), ctx);
    for (const change of restore) writeChange(change, sysctl);
    closeLaterLinks(sysctls, sysctl);
    if (ruleset !== undefined) await load(ruleset, nft);
    else if (table.kind === 'ours') await nft.load(REMOVAL);
  } catch (error) {
    if (await isPreviousLoaded(ruleset?.marker, nft))
      for (const change of [...restore].reverse()) undoChange(change, sysctl);
    throw error;
  }
  for (const change of set) writeChange(change, sysctl);
  if (stays.length === 0) await removeGuardTable(saved.before, nft);
  else ctx.report.routingStays(stays);
  // Also if nothing changes: a run that was killed here has left this to the next one.
  if (!isEmpty(saved.before) || !isEmpty(saved.after)) sysctl.writeSaved(state.runtimeDir, saved.after);
  await watch.start();
  reportOpened(
    openedBy(
      set.map(({ path, after }) => [path, after]),
      saved.after,
    ),
    ctx,
  );
}

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

/** An interface may have been created since the plan was made, while `default` was still 1. */
function closeLaterLinks({ restore, saved }: KernelStep['sysctls'], sysctl: Host['sysctl']): void {
  if (!restore.some(({ path }) => path === FUTURE_LINKS)) return;
  for (const [path, value] of laterLinks(saved.before, sysctl)) sysctl.write(path, value);
}

/** The kernel is asked, not the exit code of nft: it must hold the marker of the ruleset. */
async function load({ text, marker }: EmittedJson, nft: Nft): Promise<void> {
  await nft.load(text);
  if (holdsRuleset(await readKernelTable(nft), marker)) return;
  throw new Failure(
    'not-loaded',
    'nft reported success, but the kernel does not hold the ruleset',
    'run portfwd status, then portfwd apply again',
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
