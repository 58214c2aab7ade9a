import { resolve } from 'node:path';
import type { Applied } from '../host/state/applied.ts';
import type { Prepared } from '../host/files/durable-file.ts';
import { asFailure } from '../failure/failure.ts';
import type { PendingChange } from '../host/state/pending-change.ts';
import { enabledForwards } from '../model/model.ts';
import { adoptedText, saveForeign } from './kernel-table.ts';
import { bootChange } from './boot/prepare.ts';
import type { Change, ChangeOptions } from './change.ts';
import { formatFailure } from '../report/failure.ts';
import { undo } from './restore.ts';
import { keep, keptAs } from './commit.ts';
import { lastApplied, lastConfirmed } from './last-applied.ts';
import { statePathsOf, type World } from './context.ts';
import { replace } from './replace.ts';
import { retire } from './end-flows.ts';
import { wantedSysctls } from './sysctls/required.ts';
import { cancelWindow, openWindow, refuseOpenWindow } from './confirm/pending.ts';

/**
 * Loads a change and keeps it, or with `confirm` lets it wait. The file's new text is on disk before anything is
 * loaded: what can fail for want of space fails then. Call under the lock.
 */
export async function loadChange(
  change: Change,
  options: ChangeOptions,
  world: World,
): Promise<PendingChange | undefined> {
  refuseOpenWindow(statePathsOf(options, world).stateDir, world.host);
  const { file, edited } = change;
  const prepared = edited && world.host.prepareConfigFile(file, edited.text);
  try {
    return await replaceAndKeep(change, prepared, options, world);
  } finally {
    prepared?.discard();
  }
}

/** The ruleset and its sysctls, the file, and then the flows that went another way until now. */
async function replaceAndKeep(
  change: Change,
  prepared: Prepared | undefined,
  options: ChangeOptions,
  world: World,
): Promise<PendingChange | undefined> {
  const { host } = world;
  const { model, facts, bytes, emitted, edited, file, command } = change;
  const { runtimeDir, stateDir } = statePathsOf(options, world);
  const before = await (options.confirm === undefined ? lastApplied : lastConfirmed)(options, world);
  const wanted = await wantedSysctls(model, facts, host.sysctl.readSaved(runtimeDir), world);
  const now: Applied = { marker: emitted.marker, model: bytes, enableForwarding: options.enableForwarding === true };
  const about = {
    file: resolve(file),
    command,
    user: host.userName(world.env),
    forwards: enabledForwards(model).length,
  };
  const boot = await bootChange({ model, facts, wanted }, options, world);
  if (options.confirm !== undefined) boot?.discard();
  const window =
    options.confirm === undefined
      ? undefined
      : await openWindow({ ...about, now, before, edited, seconds: options.confirm, wanted }, options, world);
  try {
    const adopted = options.adopt === true ? await saveForeign(stateDir, host) : undefined;
    await replace(emitted, wanted, runtimeDir, host, adopted !== undefined);
    if (adopted !== undefined)
      world.err(`${options.json === true ? JSON.stringify({ adopted }) : adoptedText(adopted)}\n`);
    if (window !== undefined)
      await host.syslog(`${command} by ${window.user}: loaded, waits to be confirmed, ${now.marker}`);
    else await keep({ ...about, ...keptAs(now) }, { file: prepared, boot }, options, world);
  } catch (error) {
    if (window === undefined) await undo(before, now, options, world, error);
    else await cancelWindow(window, options, world, error);
    throw error;
  } finally {
    boot?.discard();
  }
  const after = { bytes, forwards: enabledForwards(model) };
  await retire({ before, after, addresses: facts.addresses, keepConnections: options.keepConnections === true }, world);
  remember(now, runtimeDir, world);
  return window;
}

/** It is loaded and kept; without this memory the history tells the same. */
function remember(now: Applied, directory: string, { host, err }: World): void {
  try {
    host.applied.write(directory, now);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    err(`${formatFailure(failure, 'warning')}\n`);
  }
}
