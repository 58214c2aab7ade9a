import { Failure } from '../../failure/failure.ts';
import type { PendingChange } from '../../host/state/pending-change.ts';
import type { Context } from '../context.ts';
import { orReport } from '../or-report.ts';
import { holdsRuleset, readKernelTable } from '../read/kernel-table.ts';
import { restorePrevious } from '../steps/restore.ts';
import { isExpired, reversalOf } from './pending.ts';

/** Each time, the kernel is asked. */
const POLL_MS = 500;

/** Seconds after the deadline until this run does the work of the rollback timer. */
const GRACE = 10;

/**
 * The record of a pending change is gone and no outcome was written, so it cannot be confirmed: the state was deleted, or
 * another run reverted the change on a full disk. Otherwise the rollback timer reverts it from the ruleset that it holds
 * open. Returns how that ended: `reverted`, or `state-directory` if the kernel is not as it was before.
 */
export async function revertLost(pending: PendingChange, ctx: Context): Promise<Failure> {
  const { host, state } = ctx;
  while (!isExpired(pending, ctx) && !(await isAsBefore(pending, ctx))) await host.sleep(POLL_MS);
  while ((await isToRevert(pending, ctx)) && host.pending.secondsLeft(pending) > -GRACE) await host.sleep(POLL_MS);
  if (await isToRevert(pending, ctx)) await orReport(async () => restorePrevious(reversalOf(pending), ctx), ctx);
  await host.pending.disarm(pending.reverter, state.stateDir);
  return (await isAsBefore(pending, ctx)) ? gone() : unknown();
}

/** The kernel holds the change, or nothing although it held something. Other tables are not touched. */
async function isToRevert(pending: PendingChange, { host }: Context): Promise<boolean> {
  const table = await readKernelTable(host.nft);
  if (table.kind === 'missing') return reversalOf(pending).previous !== undefined;
  return holdsRuleset(table, pending.now.marker);
}

/** The kernel is asked, since no record says that it was reverted. */
async function isAsBefore(pending: PendingChange, { host }: Context): Promise<boolean> {
  const { previous } = reversalOf(pending);
  const table = await readKernelTable(host.nft);
  const isRestored = previous === undefined ? table.kind === 'missing' : holdsRuleset(table, previous.marker);
  const { sysctls = [] } = pending;
  return isRestored && sysctls.every(([path, value]) => host.sysctl.read(path) === value);
}

const gone = (): Failure =>
  new Failure(
    'reverted',
    'the record of this change was lost, and the change was reverted',
    'run the command again to try once more',
  );

const unknown = (): Failure =>
  new Failure(
    'state-directory',
    'the record of this change was lost, and the kernel is not as it was before the change',
    'look at it with portfwd status, then run portfwd apply',
  );
