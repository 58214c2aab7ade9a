import { revertPending } from '../../apply/confirm/pending.ts';
import { withStateLock } from '../../apply/lock.ts';
import { findGeneration, noGeneration } from '../../apply/read/last-applied.ts';
import { STANDARD_INPUT } from '../../apply/standard-input.ts';
import { Failure } from '../../failure/failure.ts';
import { escapeControls } from '../../finding/quote.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import type { Session } from '../session.ts';
import { runChange, type ChangeOptions } from '../change/run-change.ts';

/** Reverts a pending change; otherwise restores an earlier generation, file and kernel. */
export async function rollback(
  number: number | undefined,
  options: ChangeOptions,
  session: Session,
): Promise<ExitCode> {
  const { host, state } = session;
  if (number === undefined && host.pending.read(state.stateDir) !== undefined) return revertNow(session);
  if (number === undefined && host.pending.justReverted(state.stateDir)) throw alreadyReverted();
  host.history.require(state.stateDir);
  const generation = findGeneration(host.history.list(state.stateDir), number, -2);
  const model = host.history.read(state.stateDir, generation.number);
  if (model === undefined) throw noGeneration(`generation ${generation.number} is damaged`);
  const text = `restoring generation ${generation.number} of ${generation.time}: ${generation.command}`;
  session.say({ messages: [text] }, () => escapeControls(text));
  const { file } = generation;
  // What came from standard input is loaded again, and no file is written.
  const how = file === STANDARD_INPUT ? { text: model } : { edit: () => model, replaces: true };
  return runChange(
    { file, command: `rollback ${generation.number}`, removals: 'meant', ...how },
    { ...options, enableForwarding: options.enableForwarding ?? generation.enableForwarding === true },
    session,
  );
}

async function revertNow(session: Session): Promise<ExitCode> {
  const { host, state } = session;
  await withStateLock(session, async () => {
    const pending = host.pending.read(state.stateDir);
    if (pending !== undefined) await revertPending(pending, session);
  });
  session.print({ reverted: true }, () => 'reverted: the previous forwards are loaded\n');
  return EXIT.ok;
}

/** A person who wanted to revert a pending change, and was too late, does not want the generation before as well. */
const alreadyReverted = (): Failure =>
  new Failure(
    'reverted',
    'the last change was reverted already; nothing was changed',
    'to go further back, name a generation of portfwd history',
  );
