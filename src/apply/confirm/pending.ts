import { randomBytes } from 'node:crypto';
import { Failure } from '../../failure/failure.ts';
import type { Applied } from '../../host/state/applied.ts';
import type { PendingChange } from '../../host/state/pending-change.ts';
import { enabledForwards } from '../../model/model.ts';
import type { Change, Confirm } from '../change.ts';
import type { Context } from '../context.ts';
import { restoreAfterFailure, restorePrevious, type Reversal } from '../steps/restore.ts';
import { withStateLock } from '../lock.ts';
import { holdsRuleset, readKernelTable } from '../read/kernel-table.ts';
import type { SysctlReader } from '../sysctls/along.ts';
import type { SysctlChange } from '../sysctls/plan.ts';
import type { SysctlValue } from '../sysctls/required.ts';
import { FUTURE_LINKS, routeLocalnet } from '../sysctls/route-localnet.ts';
import { turnsRoutingOn } from '../sysctls/routing-stays.ts';
import { valuesBefore } from '../sysctls/write.ts';
import { commitPending, finishInterruptedConfirm } from './commit-pending.ts';

/**
 * Writes down the rollback and arms the rollback timer, before anything is loaded. Returns when the timer has reported
 * that it is ready. Call under the lock.
 */
export async function openPending(
  { file, command, user, model, previous, edited, sysctls }: Change,
  { seconds, rollback }: Confirm,
  applied: Applied,
  { host, state, revertCommand }: Context,
): Promise<PendingChange> {
  const id = randomBytes(8).toString('hex');
  const deadline = host.pending.deadlineIn(seconds);
  const network = host.pending.network();
  const reverter = await host.pending.arm({
    id,
    network,
    seconds,
    deadline,
    ...state,
    command: revertCommand,
    ruleset: rollback,
    before: presentValues(sysctls.set),
    after: presentValues(sysctls.restore),
    inherited: inheritedValue(sysctls.set, host.sysctl),
  });
  const pending: PendingChange = {
    id,
    network,
    deadline,
    file,
    command,
    user,
    forwards: enabledForwards(model).length,
    now: applied,
    before: previous,
    turnsRoutingOn: turnsRoutingOn(sysctls),
    edited,
    reverter,
  };
  host.pending.write(state.stateDir, pending);
  return pending;
}

/** The values that these sysctls have now, in the order in which they are put back. */
const presentValues = (changes: readonly SysctlChange[]): SysctlValue[] => [...changes].reverse().flatMap(valuesBefore);

/** Interfaces that are created while the change is pending inherit this value from `default`. */
function inheritedValue(
  changes: readonly SysctlChange[],
  { interfaces }: SysctlReader,
): { readonly value: string; readonly known: readonly string[] } | undefined {
  const value = changes.find(({ path }) => path === FUTURE_LINKS)?.before;
  return value === undefined
    ? undefined
    : { value, known: ['all', 'default', ...interfaces('ipv4')].map(routeLocalnet) };
}

const reversalOf = ({ before, now, turnsRoutingOn = false }: PendingChange): Reversal => ({
  previous: before,
  current: now,
  routingWasOff: turnsRoutingOn,
});

/** After a load that failed. If the kernel cannot be brought back, the change stays pending for the rollback timer. */
export async function cancelPending(pending: PendingChange, cause: unknown, ctx: Context): Promise<void> {
  const { host, state } = ctx;
  if (!(await restoreAfterFailure(reversalOf(pending), cause, ctx))) return;
  host.pending.close(state.stateDir, pending.id, 'reverted');
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
  else if (!isExpired(pending, ctx)) await commitPending(pending, ctx);
  else {
    await revertPending(pending, ctx);
    throw reverted();
  }
  return pending;
}

/** Restores what was there before the pending change. Call under the lock. */
export async function revertPending(pending: PendingChange, ctx: Context): Promise<void> {
  const { host, state } = ctx;
  if (host.pending.locationOf(pending) === 'another network' && !isExpired(pending, ctx))
    throw inOtherNamespace(pending);
  if (await isLoadedHere(pending, ctx)) await restorePrevious(reversalOf(pending), ctx);
  host.pending.close(state.stateDir, pending.id, 'reverted');
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
 * Always true in the network namespace that opened it, even if the table was flushed since, and never in another one. After
 * a reboot the kernel holds what was loaded at boot: true if that is the pending ruleset.
 */
async function isLoadedHere(pending: PendingChange, { host }: Context): Promise<boolean> {
  const location = host.pending.locationOf(pending);
  if (location !== 'another boot') return location === 'here';
  return holdsRuleset(await readKernelTable(host.nft), pending.now.marker);
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

export const reverted = (): Failure =>
  new Failure('reverted', 'not confirmed in time: the change was reverted', 'run the command again to try once more');
