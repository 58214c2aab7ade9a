import { confirmPending, isExpired, settlePending } from '../../apply/confirm/pending.ts';
import { withStateLock } from '../../apply/lock.ts';
import type { PendingChange } from '../../host/state/pending-change.ts';
import type { Session } from '../session.ts';

const POLL_MS = 100;

/**
 * Waits until the change is confirmed by Enter here or by another run, reverted, or expired. Nothing depends on this
 * wait: without it the rollback timer does the same.
 */
export async function waitForConfirmation(pending: PendingChange, session: Session): Promise<'kept' | 'reverted'> {
  const { host, state } = session;
  const interactive = !session.json && host.terminal.isInteractive();
  const left = Math.ceil(host.pending.secondsLeft(pending));
  const how = interactive ? 'you press Enter or run portfwd confirm' : 'you run portfwd confirm';
  session.sayNow(
    { waiting: { left } },
    () => `applied; reverting in ${left} s unless ${how} (portfwd rollback reverts now)`,
  );
  let pressed = false;
  const stop = interactive ? host.terminal.onEnter(() => (pressed = true)) : () => {};
  try {
    for (let shown = ''; host.pending.read(state.stateDir)?.id === pending.id; await host.sleep(POLL_MS)) {
      if (pressed) await withStateLock(session, async () => confirmOwn(pending, session));
      else if (isExpired(pending, session)) await settlePending(session);
      const text = `${Math.max(0, Math.ceil(host.pending.secondsLeft(pending)))} s `;
      if (interactive && text !== shown) session.showProgress((shown = text));
    }
  } finally {
    stop();
  }
  if (interactive) session.showProgress('');
  return host.pending.outcomeOf(state.stateDir, pending.id) === 'kept' ? 'kept' : 'reverted';
}

/** Enter confirms what this run loaded, not another change that is pending by now. */
async function confirmOwn({ id }: PendingChange, session: Session): Promise<void> {
  if (session.host.pending.read(session.state.stateDir)?.id === id) await confirmPending(session);
}
