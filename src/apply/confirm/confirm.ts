import type { Prepared } from '../../host/files/durable-file.ts';
import { Failure } from '../../failure/failure.ts';
import type { Host } from '../../host/host.ts';
import type { Window } from '../../host/state/pending-change.ts';
import { bootChangeFor, orWarning } from '../boot/prepare.ts';
import { keep, keptAs, type Lasting } from '../commit.ts';
import { readKernelTable } from '../kernel-table.ts';
import { statePathsOf, type StateOptions, type World } from '../context.ts';

/**
 * Keeps what is loaded for now. It is decided by one write, after all that can be refused for want of space was
 * prepared: killed before it, everything goes back; killed after it, whoever comes next finishes. Throws
 * `config-changed`, `not-loaded`. Call under the lock.
 */
export async function keepWindow(window: Window, options: StateOptions, world: World): Promise<void> {
  const { host } = world;
  const { lasting } = statePathsOf(options, world);
  await requireLoaded(window, host);
  const boot = await bootChangeFor(window.now, options, world);
  let file: Prepared | undefined;
  try {
    file = window.edited && prepareEdited(window.file, window.edited, host);
    host.window.write(lasting, { ...window, confirmed: true });
    await keepOrDoubt(window, { file, boot }, options, world);
  } finally {
    file?.discard();
    boot?.discard();
  }
  await closeKept(window, options, world);
}

/** What was confirmed by a run that was killed before it was done. A file that somebody wrote since stays. */
export async function finishConfirmed(window: Window, options: StateOptions, world: World): Promise<void> {
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
async function keepOrDoubt(window: Window, lasting: Lasting, options: StateOptions, world: World): Promise<void> {
  try {
    await keep(keptOf(window), lasting, options, world);
  } catch (error) {
    world.host.window.write(statePathsOf(options, world).lasting, window);
    throw error;
  }
}

/** The run that loaded it may have been killed before it was done, or somebody flushed the table since. */
async function requireLoaded({ command, now }: Window, { nft }: Host): Promise<void> {
  const table = await readKernelTable(nft);
  if (table.kind === 'ours' && table.marker === now.marker) return;
  throw new Failure(
    'not-loaded',
    `"${command}" cannot be kept: the kernel does not hold its ruleset`,
    'end it with portfwd rollback, then try it again',
  );
}

async function closeKept(window: Window, options: StateOptions, world: World): Promise<void> {
  const { lasting, volatile } = statePathsOf(options, world);
  if (world.host.window.placeOf(window) === 'here') world.host.applied.write(volatile, window.now);
  world.host.window.close(lasting, window.id, 'kept');
  await world.host.window.disarm(window.reverter, lasting);
}

const keptOf = ({ file, command, user, forwards, now }: Window) => ({
  file,
  command,
  user,
  forwards,
  ...keptAs(now),
});

function prepareEdited(file: string, { text, was }: NonNullable<Window['edited']>, host: Host): Prepared {
  if (isSame(host.readConfigFileIfAny(file), was)) return host.prepareConfigFile(file, text);
  throw new Failure(
    'config-changed',
    `${file} was changed since, and keeping would overwrite that`,
    'end the change with portfwd rollback, or put the file back as it was and confirm again',
  );
}

const isSame = (one: Uint8Array | undefined, other: Uint8Array | undefined): boolean =>
  one === undefined || other === undefined ? one === other : Buffer.compare(one, other) === 0;
