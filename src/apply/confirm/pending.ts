import { asFailure, Failure } from '../../failure/failure.ts';
import type { PendingChange } from '../../host/state/pending-change.ts';
import { bootRecordIfReadable } from '../boot/enabled-here.ts';
import type { Context } from '../context.ts';
import { restoreAfterFailure, restorePrevious, type Reversal } from '../steps/restore.ts';
import { withStateLock } from '../lock.ts';
import { holdsOneOf, holdsRuleset, readKernelTable, type KernelTable } from '../read/kernel-table.ts';
import { commitPending, finishInterruptedConfirm, reverted } from './commit-pending.ts';

export const reversalOf = ({ before, wasMissing = false, now, turnsRoutingOn = false }: PendingChange): Reversal => ({
  previous: wasMissing ? undefined : before,
  recorded: before,
  current: now,
  routingWasOff: turnsRoutingOn,
});

/** After a load that failed. If the kernel cannot be brought back, the change stays pending for the rollback timer. */
export async function cancelPending(pending: PendingChange, cause: unknown, ctx: Context): Promise<void> {
  const { host, state } = ctx;
  if (!(await restoreAfterFailure(reversalOf(pending), cause, ctx))) return;
  await host.pending.close(state.stateDir, pending.id, 'reverted');
  await host.pending.disarm(pending.reverter, state.stateDir);
}

/** Throws `window-open`: only one change at a time can be pending. */
export function requireNoPending({ host, state }: Context): void {
  const pending = host.pending.read(state.stateDir);
  if (pending === undefined) return;
  if (host.pending.locationOf(pending) === 'another network') throw inOtherNamespace(pending);
  const seconds = Math.max(0, Math.ceil(host.pending.secondsLeft(pending)));
  throw new Failure(
    'window-open',
    `"${pending.command}" by ${pending.user} waits for confirmation, ${seconds} s left`,
    'keep it with portfwd confirm or revert it with portfwd rollback, then try again',
  );
}

/** Makes the pending change permanent. Call under the lock. Throws `no-window`, `reverted`, `config-changed`. */
export async function confirmPending(ctx: Context): Promise<PendingChange> {
  const pending = ctx.host.pending.read(ctx.state.stateDir);
  if (pending === undefined) throw nothingPending(ctx);
  if (pending.confirmed === true) await finishInterruptedConfirm(pending, ctx);
  else await commitInTime(pending, ctx);
  return pending;
}

async function commitInTime(pending: PendingChange, ctx: Context): Promise<void> {
  try {
    if (!isExpired(pending, ctx)) return await commitPending(pending, (one) => isExpired(one, ctx), ctx);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined || !isExpired(pending, ctx)) throw error;
    if (failure.reason !== 'reverted') ctx.report.problem(failure);
  }
  await revertPending(pending, ctx);
  throw reverted();
}

/** Restores what was there before the pending change. Call under the lock. */
export async function revertPending(pending: PendingChange, ctx: Context): Promise<void> {
  const { host, state } = ctx;
  if (host.pending.locationOf(pending) === 'another network' && !isExpired(pending, ctx))
    throw inOtherNamespace(pending);
  if (await isLoadedHere(pending, ctx)) await restorePrevious(reversalOf(pending), ctx);
  await host.pending.close(state.stateDir, pending.id, 'reverted');
  await host.syslog(`${pending.command} by ${pending.user}: not confirmed, reverted`);
  await host.pending.disarm(pending.reverter, state.stateDir);
}

/** Every command begins with this: it reverts an expired change and finishes a confirm whose run was killed. */
export async function settlePending(ctx: Context): Promise<void> {
  const { host, state } = ctx;
  const isOver = (pending: PendingChange): boolean => pending.confirmed === true || isExpired(pending, ctx);
  const seen = host.pending.read(state.stateDir);
  if (seen === undefined || !isOver(seen)) return;
  await withStateLock(ctx, async () => {
    const pending = host.pending.read(state.stateDir);
    if (pending?.confirmed === true) await finishInterruptedConfirm(pending, ctx);
    else if (pending !== undefined && isOver(pending)) await revertPending(pending, ctx);
  });
}

/** A tenth of a second early, because the timers of several processes differ by up to that. */
export const isExpired = (pending: PendingChange, { host }: Context): boolean =>
  host.pending.secondsLeft(pending) <= 0.1;

/**
 * True in the network namespace that opened it, even if the table was flushed since, unless a run with another state
 * directory has loaded its own forwards. Never in another namespace. After a reboot the kernel holds what was loaded at
 * boot: true if that is the pending ruleset.
 */
async function isLoadedHere(pending: PendingChange, ctx: Context): Promise<boolean> {
  const location = ctx.host.pending.locationOf(pending);
  if (location === 'another network') return false;
  const table = await readKernelTable(ctx.host.nft);
  return location === 'here' ? !isOfAnother(table, pending, ctx) : holdsRuleset(table, pending.now.marker);
}

/** A restart of the firewall loads what was saved for boot, and the rollback timer may have begun. */
function isOfAnother(table: KernelTable, { now, before }: PendingChange, ctx: Context): boolean {
  if (table.kind !== 'ours') return false;
  const { host, state } = ctx;
  const boot = bootRecordIfReadable(ctx);
  const isKnown =
    [now, before].some((one) => one !== undefined && holdsRuleset(table, one.marker)) ||
    (boot !== undefined && holdsOneOf(table, boot)) ||
    host.pending.isInRollback(state.stateDir, table.marker);
  return !isKnown;
}

const inOtherNamespace = ({ command, user }: PendingChange): Failure =>
  new Failure(
    'window-open',
    `"${command}" by ${user} waits for confirmation in another network namespace`,
    'run portfwd rollback there, or wait until it is reverted',
  );

function nothingPending({ host, state }: Context): Failure {
  if (host.pending.justReverted(state.stateDir)) return reverted();
  return new Failure(
    'no-window',
    'no change waits for confirmation',
    'portfwd history lists the changes that were kept',
  );
}
