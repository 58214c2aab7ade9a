import type { Prepared } from '../../host/files/durable-file.ts';
import { Failure } from '../../failure/failure.ts';
import type { Host } from '../../host/host.ts';
import type { PendingChange } from '../../host/state/pending-change.ts';
import { bootChangeFor, orWarning } from '../boot/prepare.ts';
import { keep, keptAs, type Lasting } from '../commit.ts';
import { readKernelTable } from '../kernel-table.ts';
import { statePathsOf, type StateOptions, type World } from '../context.ts';

/**
 * Keeps what is loaded for now. It is decided by one write, after all that can be refused for want of space was
 * prepared: killed before it, everything goes back; killed after it, whoever comes next finishes. Throws
 * `config-changed`, `not-loaded`. Call under the lock.
 */
export async function keepWindow(window: PendingChange, options: StateOptions, world: World): Promise<void> {
  const { host } = world;
  const { stateDir } = statePathsOf(options, world);
  await requireLoaded(window, host);
  const boot = await bootChangeFor(window.now, options, world);
  let file: Prepared | undefined;
  try {
    file = window.edited && prepareEdited(window.file, window.edited, host);
    host.pending.write(stateDir, { ...window, confirmed: true });
    await keepOrDoubt(window, { file, boot }, options, world);
  } finally {
    file?.discard();
    boot?.discard();
  }
  await closeKept(window, options, world);
}

/** What was confirmed by a run that was killed before it was done. A file that somebody wrote since stays. */
export async function finishConfirmed(window: PendingChange, options: StateOptions, world: World): Promise<void> {
  const { host } = world;
  const is = host.readConfigFileIfAny(window.file);
  const file =
    window.edited !== undefined && isSame(is, window.edited.was)
      ? host.prepareConfigFile(window.file, window.edited.text)
      : undefined;
  const boot = await orWarning(async () => bootChangeFor(window.now, options, world), world);
  try {
    await keep(keptOf(window), { file, boot }, options, world);
  } finally {
    file?.discard();
    boot?.discard();
  }
  await closeKept(window, options, world);
}

/** Refused after all: it waits as before. */
async function keepOrDoubt(window: PendingChange, files: Lasting, options: StateOptions, world: World): Promise<void> {
  try {
    await keep(keptOf(window), files, options, world);
  } catch (error) {
    world.host.pending.write(statePathsOf(options, world).stateDir, window);
    throw error;
  }
}

/** The run that loaded it may have been killed before it was done, or somebody flushed the table since. */
async function requireLoaded({ command, now }: PendingChange, { nft }: Host): Promise<void> {
  const table = await readKernelTable(nft);
  if (table.kind === 'ours' && table.marker === now.marker) return;
  throw new Failure(
    'not-loaded',
    `"${command}" cannot be kept: the kernel does not hold its ruleset`,
    'end it with portfwd rollback, then try it again',
  );
}

async function closeKept(window: PendingChange, options: StateOptions, world: World): Promise<void> {
  const { stateDir, runtimeDir } = statePathsOf(options, world);
  if (world.host.pending.locationOf(window) === 'here') world.host.applied.write(runtimeDir, window.now);
  world.host.pending.close(stateDir, window.id, 'kept');
  await world.host.pending.disarm(window.reverter, stateDir);
}

const keptOf = ({ file, command, user, forwards, now }: PendingChange) => ({
  file,
  command,
  user,
  forwards,
  ...keptAs(now),
});

function prepareEdited(file: string, { text, was }: NonNullable<PendingChange['edited']>, host: Host): Prepared {
  if (isSame(host.readConfigFileIfAny(file), was)) return host.prepareConfigFile(file, text);
  throw new Failure(
    'config-changed',
    `${file} was changed since, and keeping would overwrite that`,
    'end the change with portfwd rollback, or put the file back as it was and confirm again',
  );
}

const isSame = (one: Uint8Array | undefined, other: Uint8Array | undefined): boolean =>
  one === undefined || other === undefined ? one === other : Buffer.compare(one, other) === 0;
