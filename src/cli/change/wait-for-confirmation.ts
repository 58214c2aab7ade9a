import { endPendingFlows } from '../../apply/confirm/end-pending-flows.ts';
import { reverted } from '../../apply/confirm/commit-pending.ts';
import { confirmPending, isExpired, settlePending } from '../../apply/confirm/pending.ts';
import { revertLost } from '../../apply/confirm/revert-lost.ts';
import { withStateLock } from '../../apply/lock.ts';
import { orReport } from '../../apply/or-report.ts';
import { Failure } from '../../failure/failure.ts';
import type { PendingChange } from '../../host/state/pending-change.ts';
import type { Session } from '../session.ts';

const POLL_MS = 100;

/** Until then the terminal reads only what was typed before the question. */
const SETTLE_MS = 500;

/**
 * Waits until the change is confirmed by Enter here or by another run, reverted, or expired. Nothing depends on this
 * wait: without it the rollback timer does the same. Throws `reverted`.
 */
export async function waitForConfirmation(pending: PendingChange, session: Session): Promise<void> {
  const { host, state } = session;
  const interactive = !session.json && host.terminal.isInteractive();
  const left = Math.ceil(host.pending.secondsLeft(pending));
  const how = interactive ? 'you press Enter or run portfwd confirm' : 'you run portfwd confirm';
  session.sayNow(
    { waiting: { left } },
    () => `applied; reverting in ${left} s unless ${how} (portfwd rollback reverts now)`,
  );
  const ending = endFlowsMeanwhile(pending, session);
  let pressed = false;
  const stop = interactive ? host.terminal.onEnter(() => (pressed = true)) : () => {};
  try {
    for (let shown = ''; host.pending.read(state.stateDir)?.id === pending.id; await host.sleep(POLL_MS)) {
      if (pressed) await withStateLock(session, async () => confirmOwn(pending, session));
      else if (isExpired(pending, session)) await settleUnlessLocked(session);
      const text = `${Math.max(0, Math.ceil(host.pending.secondsLeft(pending)))} s `;
      if (interactive && text !== shown) session.showProgress((shown = text));
    }
  } finally {
    stop();
    await ending;
  }
  if (interactive) session.showProgress('');
  const outcome = host.pending.outcomeOf(state.stateDir, pending.id);
  if (outcome === undefined) throw await revertLost(pending, session);
  if (outcome === 'reverted') throw reverted();
}

/** The person who has to answer sees what the change does to clients that are there already. */
async function endFlowsMeanwhile(pending: PendingChange, session: Session): Promise<void> {
  await session.host.sleep(SETTLE_MS);
  await endFlowsOf(pending, session);
}

/** While it is pending. */
export async function endFlowsOf(pending: PendingChange, session: Session): Promise<void> {
  const { host, state } = session;
  // The confirm ends them too, and then reports what failed.
  const quiet = { ...session, report: { ...session.report, flowsNotEnded: () => {}, problem: () => {} } };
  const isWanted = (): boolean => host.pending.read(state.stateDir)?.id === pending.id;
  await orReport(async () => endPendingFlows(pending, quiet, isWanted), quiet);
}

/** A confirm that was made in time may still be at work. */
async function settleUnlessLocked(session: Session): Promise<void> {
  try {
    await settlePending(session);
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'locked') throw error;
  }
}

/** Enter confirms what this run loaded, not another change that is pending by now. */
async function confirmOwn({ id }: PendingChange, session: Session): Promise<void> {
  if (session.host.pending.read(session.state.stateDir)?.id === id) await confirmPending(session);
}
