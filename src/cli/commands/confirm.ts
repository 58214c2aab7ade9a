import { confirmPending } from '../../apply/confirm/pending.ts';
import { withStateLock } from '../../apply/lock.ts';
import { escapeControls } from '../../finding/quote.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import type { Session } from '../session.ts';

/** Makes permanent what was applied with --confirm. */
export async function confirm(_: unknown, session: Session): Promise<ExitCode> {
  const { command, now, digest, revision } = await withStateLock(session, async () => confirmPending(session));
  session.print(
    { confirmed: true, command, marker: now.marker, digest, revision },
    () => `confirmed: ${escapeControls(command)}\n`,
  );
  return EXIT.ok;
}
