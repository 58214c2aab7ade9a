import { randomBytes } from 'node:crypto';
import { Failure } from '../host/failure.ts';
import type { Host } from '../host/host.ts';
import type { Window } from '../host/window.ts';
import { documentOf, goBack, rulesetBefore } from './go-back.ts';
import { keep } from './keep.ts';
import { readKernelTable } from './kernel-table.ts';
import { stateArguments, statePathsOf, type StateOptions } from './options.ts';
import { planSysctls, type SysctlValue } from './sysctl-plan.ts';
import type { World } from './world.ts';

export type Asked = Omit<Window, 'id' | 'of' | 'deadline' | 'reverter'> & {
  readonly seconds: number;
  readonly wanted: readonly SysctlValue[];
};

/**
 * Before anything is loaded: the way back is compiled, tried, written down, and whoever will take it has said
 * that it is ready. Call under the lock.
 */
export async function openWindow(
  { seconds, wanted, ...asked }: Asked,
  options: StateOptions,
  world: World,
): Promise<Window> {
  const { host } = world;
  const { lasting, volatile } = statePathsOf(options, world);
  const ruleset = documentOf(await rulesetBefore(asked.before, options, world));
  await host.nft.check(ruleset);
  const id = randomBytes(8).toString('hex');
  const deadline = host.window.deadlineIn(seconds);
  const plan = planSysctls(wanted, host.sysctl.readRemembered(volatile), host.sysctl.read);
  const values = (changes: readonly SysctlValue[]): SysctlValue[] =>
    changes.flatMap(([path]) => {
      const value = host.sysctl.read(path);
      return value === undefined ? [] : [[path, value] as const];
    });
  const command = [...world.self, 'settle', ...stateArguments(options, world)];
  const sysctls = { before: values(plan.set).toReversed(), after: values(plan.restore).toReversed() };
  const reverter = await host.window.arm({ id, seconds, lasting, volatile, command, ruleset, ...sysctls });
  const window: Window = { ...asked, id, of: host.window.network(), deadline, reverter };
  host.window.write(lasting, window);
  return window;
}

/** What could not be loaded leaves nothing to go back from. */
export async function cancelWindow(window: Window, lasting: string, { window: windows }: Host): Promise<void> {
  windows.close(lasting, window.id, 'reverted');
  await windows.disarm(window.reverter, lasting);
}

/** One change at a time waits for an answer. */
export function refuseOpenWindow(lasting: string, { window: windows }: Host): void {
  const window = windows.read(lasting);
  if (window === undefined) return;
  throw new Failure(
    'window-open',
    `"${window.command}" by ${window.user} waits to be confirmed, for ${secondsOf(window, windows)} s more`,
    'keep it with portfwd confirm or end it with portfwd rollback, then try again',
  );
}

/** Keeps what is loaded. Call under the lock. Throws `no-window`, `reverted`, `config-changed`. */
export async function confirmWindow(options: StateOptions, world: World): Promise<Window> {
  const { host } = world;
  const { lasting } = statePathsOf(options, world);
  const window = host.window.read(lasting);
  if (window === undefined) throw nothingOpen(lasting, host);
  if (isExpired(window, host)) {
    await revertWindow(window, options, world);
    throw tooLate();
  }
  const prepared = window.edited && prepareEdited(window.file, window.edited, host);
  try {
    const { file, command, user, forwards, now } = window;
    await keep({ file, command, user, forwards, marker: now.marker, model: now.model }, prepared, options, world);
  } finally {
    prepared?.discard();
  }
  host.window.close(lasting, window.id, 'kept');
  await host.window.disarm(window.reverter, lasting);
  return window;
}

/** Brings back what was there before. Call under the lock. */
export async function revertWindow(window: Window, options: StateOptions, world: World): Promise<void> {
  const { host } = world;
  const { lasting } = statePathsOf(options, world);
  if (await isLoadedHere(window, host)) await goBack(window.before, window.now, options, world);
  host.window.close(lasting, window.id, 'reverted');
  await host.audit(`${window.command} by ${window.user}: not confirmed, reverted`);
  await host.window.disarm(window.reverter, lasting);
}

/** Whatever comes next finds an expired window closed. */
export async function settleExpired(options: StateOptions, world: World): Promise<void> {
  const { host } = world;
  const { lasting, volatile } = statePathsOf(options, world);
  const seen = host.window.read(lasting);
  if (seen === undefined || !isExpired(seen, host)) return;
  await host.withLock(volatile, async () => {
    const window = host.window.read(lasting);
    if (window !== undefined && isExpired(window, host)) await revertWindow(window, options, world);
  });
}

/** A tenth of a second is less than anybody's clock agrees on. */
export const isExpired = (window: Window, { window: windows }: Host): boolean => windows.left(window) <= 0.1;

/**
 * In the network that opened it, always: somebody may have flushed the table since. After a restart the
 * kernel holds what the boot loaded, which is the state before, unless it is the same ruleset all the same.
 */
async function isLoadedHere({ of, now }: Window, { window: windows, nft }: Host): Promise<boolean> {
  if (of === windows.network()) return true;
  const table = await readKernelTable(nft);
  return table.kind === 'ours' && table.marker === now.marker;
}

function prepareEdited(
  file: string,
  { text, was }: NonNullable<Window['edited']>,
  { prepareConfigFile, readConfigFileIfAny }: Host,
) {
  const is = readConfigFileIfAny(file);
  if (Buffer.compare(is ?? NOTHING, was ?? NOTHING) === 0) return prepareConfigFile(file, text);
  throw new Failure(
    'config-changed',
    `${file} was changed since, and keeping would overwrite that`,
    'end the change with portfwd rollback, or put the file back as it was and confirm again',
  );
}

const NOTHING = new Uint8Array();

function nothingOpen(lasting: string, { window: windows }: Host): Failure {
  if (windows.lastOutcome(lasting)?.outcome === 'reverted') return tooLate();
  return new Failure('no-window', 'nothing waits to be confirmed', 'see portfwd history for what was kept');
}

export const tooLate = (): Failure =>
  new Failure(
    'reverted',
    'not confirmed in time: the forwards are as they were before',
    'apply again to try once more',
  );

const secondsOf = (window: Window, windows: Host['window']): number => Math.max(0, Math.ceil(windows.left(window)));
