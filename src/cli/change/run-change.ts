import type { Change, ChangeRequest, FaultyModel } from '../../apply/change.ts';
import { executeChange } from '../../apply/execute/execute-change.ts';
import { withStateLock } from '../../apply/lock.ts';
import { prepareChange } from '../../apply/prepare/prepare-change.ts';
import { rememberNotes, unseenFindings } from '../../apply/read/new-notes.ts';
import { asFailure, Failure } from '../../failure/failure.ts';
import { escapeControls } from '../../finding/quote.ts';
import type { PendingChange } from '../../host/state/pending-change.ts';
import { enabledForwards } from '../../model/model.ts';
import { changesNothing } from '../../status/changes-nothing.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { beforeAfter } from '../format/before-after.ts';
import { printFindings } from '../print-findings.ts';
import { throwRefusals } from '../print-refusals.ts';
import type { Session } from '../session.ts';
import { usageError } from '../usage-error.ts';
import { dryRun } from './dry-run.ts';
import { countsLine, forwardCounts, noForwardChanges } from './forward-counts.ts';
import { endFlowsOf, waitForConfirmation } from './wait-for-confirmation.ts';

/** The options of every command that changes file and kernel. */
export interface ChangeOptions {
  readonly dryRun?: boolean;
  readonly enableForwarding?: boolean;
  readonly force?: boolean;
  readonly keepConnections?: boolean;
  readonly adopt?: boolean;
  readonly allowRemovals?: boolean;
  /** Seconds. */
  readonly confirm?: number;
  /** The command ends while the change waits. */
  readonly detach?: boolean;
}

type What = Pick<ChangeRequest, 'file' | 'text' | 'command' | 'edit' | 'replaces' | 'removals'>;

/** Prepares a change, prints what was found, and executes it or, with --dry-run, prints what it would do. */
export async function runChange(what: What, options: ChangeOptions, session: Session): Promise<ExitCode> {
  if (options.detach === true && options.confirm === undefined) return usageError('--detach needs --confirm', session);
  const request = requestOf(what, options);
  if (options.dryRun === true || !canLock(session)) {
    const change = await preparedChange(request, session);
    if (change === undefined) return EXIT.findings;
    if (options.dryRun === true) return dryRun(change, session);
    // Without rights there is no lock either: this throws. What is wrong with the model was printed before.
    throwRefusals(change.refusals, session);
  }
  const done = await changeOrAsk(request, session);
  if (done === undefined) return EXIT.findings;
  const isDetached = done.pending !== undefined && options.detach === true;
  if (done.pending !== undefined && !isDetached) await waitForConfirmation(done.pending, session);
  await printLoaded(done, isDetached, session);
  if (done.pending !== undefined && isDetached) await endFlowsOf(done.pending, session);
  return EXIT.ok;
}

/** On a terminal, the removal of many forwards is a question. It is asked without the lock. */
async function changeOrAsk(request: ChangeRequest, session: Session): Promise<Done | undefined> {
  let refused: Change | undefined;
  try {
    return await lockedChange(request, session, (change) => (refused = change));
  } catch (error) {
    const isOnlyThis = error instanceof Failure && error.reason === 'many-removals' && refused?.refusals.length === 1;
    if (!isOnlyThis || !(await isConfirmed(error.message, session))) throw error;
    return lockedChange({ ...request, allowRemovals: refused?.ruleset.marker }, session);
  }
}

async function isConfirmed(what: string, { host: { terminal }, json }: Session): Promise<boolean> {
  if (json || !terminal.isInteractive()) return false;
  return /^y(es)?$/i.test((await terminal.ask(`${what}; go on (y/n)? `))?.trim() ?? '');
}

interface Done {
  readonly change: Change;
  /** The host was as the change makes it. */
  readonly isUnchanged: boolean;
  readonly pending: PendingChange | undefined;
}

/** What is read, edited and written back is not changed by another run of portfwd meanwhile. Undefined: findings. */
async function lockedChange(
  request: ChangeRequest,
  session: Session,
  onRefused: (change: Change) => void = () => {},
): Promise<Done | undefined> {
  try {
    return await withStateLock(session, async () => {
      const change = await preparedChange(request, session);
      if (change === undefined) return undefined;
      if (change.refusals.length > 0) onRefused(change);
      throwRefusals(change.refusals, session);
      const isUnchanged = await changesNothing(change, session);
      const executed = isUnchanged ? { ...change, isLoaded: true, confirm: undefined } : change;
      const pending = await executeChange(executed, session);
      rememberNotes(change.findings, session);
      return { change, isUnchanged, pending };
    });
  } catch (error) {
    // Errors in the file are printed even if another run holds the lock for too long.
    if (!(error instanceof Failure) || error.reason !== 'locked') throw error;
    if ((await preparedChange(request, session)) === undefined) return undefined;
    throw error;
  }
}

const requestOf = (
  what: What,
  { dryRun, force, confirm, enableForwarding, keepConnections, adopt, allowRemovals }: ChangeOptions,
): ChangeRequest => ({
  ...what,
  enableForwarding,
  keepConnections,
  adopt,
  allowRemovals,
  confirm,
  // Only for a change that reverts by itself: it may cut off the session that made it.
  force: force === true && (confirm !== undefined || dryRun === true),
});

function canLock({ host, state }: Session): boolean {
  try {
    host.inspect.directory(state.runtimeDir);
    return true;
  } catch (error) {
    if (asFailure(error) === undefined) throw error;
    return false;
  }
}

/** Undefined: the model has errors, which are printed. */
async function preparedChange(request: ChangeRequest, session: Session): Promise<Change | undefined> {
  const prepared = await prepareChange(request, session);
  if (prepared.kind === 'faulty') {
    printFaulty(prepared, session);
    return undefined;
  }
  // After a question, the same findings were printed before it.
  if (request.allowRemovals === prepared.ruleset.marker) return prepared;
  const findings = unseenFindings(prepared.findings, session);
  printFindings({ file: request.file, findings, locate: prepared.locate }, session);
  for (const warning of prepared.boot?.warnings ?? []) session.report.bootWarning(warning);
  return prepared;
}

function printFaulty(faulty: FaultyModel, session: Session): void {
  printFindings(faulty, session);
  if (faulty.source === 'file') return;
  const where = faulty.source === 'edited' ? '; the line numbers are those of the edited text' : '';
  session.say({}, () => `${escapeControls(faulty.file)} was not changed${where}`);
}

async function printLoaded(
  { change, isUnchanged, pending }: Done,
  isDetached: boolean,
  session: Session,
): Promise<void> {
  const { marker } = change.ruleset;
  const forwards = enabledForwards(change.model).length;
  const counts = isUnchanged ? noForwardChanges(forwards) : forwardCounts(change);
  const loaded = `${forwards} ${forwards === 1 ? 'forward' : 'forwards'} loaded`;
  const left = pending === undefined ? 0 : Math.ceil(session.host.pending.secondsLeft(pending));
  const waiting = isDetached ? { waiting: { left } } : {};
  const diff = session.json ? await beforeAfter(change, !isUnchanged) : undefined;
  session.print(
    { applied: true, changed: !isUnchanged, forwards, marker, ...change.identity, ...counts, ...waiting, diff },
    () =>
      [
        isUnchanged ? `nothing to change: ${loaded} already` : loaded,
        countsLine(counts),
        ...(isDetached ? [`reverting in ${left} s unless you run portfwd confirm`] : []),
        '',
      ].join('\n'),
  );
}
