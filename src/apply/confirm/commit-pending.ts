import { Failure } from '../../failure/failure.ts';
import type { Prepared } from '../../host/files/durable-file.ts';
import type { PendingChange } from '../../host/state/pending-change.ts';
import { bootStepFor } from '../boot/boot-step.ts';
import { installBoot, type BootFiles } from '../boot/install.ts';
import type { Context } from '../context.ts';
import { orReport } from '../or-report.ts';
import { holdsRuleset, readKernelTable } from '../read/kernel-table.ts';
import { isSame } from '../same-bytes.ts';
import { commitGeneration, recorded, type NewGeneration } from '../steps/commit.ts';
import { endPendingFlows } from './end-pending-flows.ts';

/**
 * Decides by one write, before anything that takes time: the change is not reverted any more. If the run is killed before
 * that write, it is reverted; after it, the next command completes the confirm. Boot files that cannot be written after
 * the deadline are only reported: the decision was made in time. Throws `config-changed`, `not-loaded`, `reverted`.
 */
export async function commitPending(
  pending: PendingChange,
  isExpired: (pending: PendingChange) => boolean,
  ctx: Context,
): Promise<void> {
  const { host, state } = ctx;
  await requireLoaded(pending, ctx);
  const config = pending.edited && (await prepareEdited(pending.file, pending.edited, ctx));
  try {
    host.pending.write(state.stateDir, { ...pending, confirmed: true });
    await completeOrReopen(pending, config, isExpired, ctx);
  } finally {
    config?.discard();
  }
  await closeConfirmed(pending, ctx);
}

/** The run that confirmed it was killed. A file that was changed since then stays as it is. */
export async function finishInterruptedConfirm(pending: PendingChange, ctx: Context): Promise<void> {
  const { host } = ctx;
  const { file, edited } = pending;
  const config =
    edited !== undefined && isSame(host.readModelFilesIfAny(file), edited.was)
      ? await host.prepareModelFiles(file, edited)
      : undefined;
  const boot = await orReport(async () => bootFilesFor(pending, ctx), ctx);
  try {
    await commitGeneration(generationOf(pending), { config, kept: config && edited?.keep, boot }, ctx);
  } finally {
    config?.discard();
    boot?.discard();
  }
  await closeConfirmed(pending, ctx);
}

/** On failure the change is pending again. */
async function completeOrReopen(
  pending: PendingChange,
  config: Prepared | undefined,
  isExpired: (pending: PendingChange) => boolean,
  ctx: Context,
): Promise<void> {
  try {
    requireInTime(pending, isExpired);
    await requireLoaded(pending, ctx);
    const boot = await bootFilesFor(pending, ctx).catch(async (error: unknown) => {
      if (!isExpired(pending)) throw error;
      return orReport(async () => Promise.reject(error), ctx);
    });
    try {
      await commitGeneration(generationOf(pending), { config, kept: pending.edited?.keep, boot }, ctx);
    } finally {
      boot?.discard();
    }
  } catch (error) {
    ctx.host.pending.write(ctx.state.stateDir, pending);
    throw error;
  }
}

/**
 * The rollback timer reads the decision after the deadline, and cannot miss one that was on disk before. It may have read
 * the record before a later one, and does not wait for the lock for ever.
 */
function requireInTime(pending: PendingChange, isExpired: (pending: PendingChange) => boolean): void {
  if (isExpired(pending)) throw reverted();
}

export const reverted = (): Failure =>
  new Failure('reverted', 'not confirmed in time: the change was reverted', 'run the command again to try once more');

async function bootFilesFor({ now }: PendingChange, ctx: Context): Promise<BootFiles | undefined> {
  const step = await bootStepFor(now, ctx);
  for (const warning of step?.warnings ?? []) ctx.report.bootWarning(warning);
  return step && installBoot(step, ctx);
}

/** The run that loaded it may have been killed before the load, or the table was flushed since. */
async function requireLoaded({ command, now }: PendingChange, { host }: Context): Promise<void> {
  if (holdsRuleset(await readKernelTable(host.nft), now.marker)) return;
  throw new Failure(
    'not-loaded',
    `"${command}" cannot be confirmed: the kernel does not hold its ruleset`,
    'revert it with portfwd rollback, then try it again',
  );
}

async function closeConfirmed(pending: PendingChange, ctx: Context): Promise<void> {
  const { host, state } = ctx;
  if (host.pending.locationOf(pending) === 'here') {
    host.applied.write(state.runtimeDir, pending.now);
    await endPendingFlows(pending, ctx);
  }
  await host.pending.close(state.stateDir, pending.id, 'kept');
  await host.pending.disarm(pending.reverter, state.stateDir);
}

const generationOf = ({ file, command, user, forwards, digest, revision, now }: PendingChange): NewGeneration => ({
  file,
  command,
  user,
  forwards,
  digest,
  revision,
  ...recorded(now),
});

async function prepareEdited(
  file: string,
  edited: NonNullable<PendingChange['edited']>,
  { host }: Context,
): Promise<Prepared> {
  if (isSame(host.readModelFilesIfAny(file), edited.was)) return host.prepareModelFiles(file, edited);
  throw new Failure(
    'config-changed',
    `${file} was changed since this change was loaded, and confirming would overwrite that`,
    'revert the change with portfwd rollback, or restore the file and confirm again',
  );
}
