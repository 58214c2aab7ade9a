import { revertPending } from '../../apply/confirm/pending.ts';
import { withStateLock } from '../../apply/lock.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import type { Session } from '../session.ts';

/** Reverts a change that waits for confirmation. Unlike `rollback`, it changes nothing if none waits. */
export async function revertPendingNow(_: unknown, session: Session): Promise<ExitCode> {
  const { host, state } = session;
  if (host.pending.read(state.stateDir) === undefined) return EXIT.ok;
  await withStateLock(session, async () => {
    const pending = host.pending.read(state.stateDir);
    if (pending === undefined) return;
    await revertPending(pending, session);
    session.print({ reverted: true }, () => `"${pending.command}" waited for confirmation and was reverted\n`);
  });
  return EXIT.ok;
}
