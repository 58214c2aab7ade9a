import { randomBytes } from 'node:crypto';
import { Failure } from '../../failure/failure.ts';
import type { Host } from '../../host/host.ts';
import type { PendingChange } from '../../host/state/pending-change.ts';
import { finishConfirmed, keepWindow } from './confirm.ts';
import { documentOf, goBack, rulesetBefore, undo } from '../restore.ts';
import { readKernelTable } from '../kernel-table.ts';
import { locked } from '../lock.ts';
import { stateArguments, statePathsOf, type StateOptions, type World } from '../context.ts';
import { planSysctls, type SysctlValue } from '../sysctls/plan.ts';

export type Asked = Omit<PendingChange, 'id' | 'network' | 'deadline' | 'reverter'> & {
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
): Promise<PendingChange> {
  const { host } = world;
  const { stateDir, runtimeDir } = statePathsOf(options, world);
  const ruleset = documentOf(await rulesetBefore(asked.before, options, world));
  await host.nft.check(ruleset);
  const id = randomBytes(8).toString('hex');
  const deadline = host.pending.deadlineIn(seconds);
  const plan = planSysctls(wanted, host.sysctl.readSaved(runtimeDir), host.sysctl.read);
  const values = (changes: readonly SysctlValue[]): SysctlValue[] =>
    changes.flatMap(([path]) => {
      const value = host.sysctl.read(path);
      return value === undefined ? [] : [[path, value] as const];
    });
  const command = [...world.self, 'settle', ...stateArguments(options, world)];
  const sysctls = { before: values(plan.set).reverse(), after: values(plan.restore).reverse() };
  const reverter = await host.pending.arm({
    id,
    seconds,
    deadline,
    stateDir,
    runtimeDir,
    command,
    ruleset,
    ...sysctls,
  });
  const window: PendingChange = { ...asked, id, network: host.pending.network(), deadline, reverter };
  host.pending.write(stateDir, window);
  return window;
}

/**
 * After a load that failed, perhaps halfway: what is in the kernel all the same goes. Where even that fails the
 * window stays, and the reverter does it.
 */
export async function cancelWindow(
  window: PendingChange,
  options: StateOptions,
  world: World,
  cause: unknown,
): Promise<void> {
  const { host } = world;
  const { stateDir } = statePathsOf(options, world);
  if (!(await undo(window.before, window.now, options, world, cause))) return;
  host.pending.close(stateDir, window.id, 'reverted');
  await host.pending.disarm(window.reverter, stateDir);
}

/** One change at a time waits for an answer. */
export function refuseOpenWindow(stateDir: string, { pending: store }: Host): void {
  const window = store.read(stateDir);
  if (window === undefined) return;
  throw new Failure(
    'window-open',
    `"${window.command}" by ${window.user} waits to be confirmed, for ${secondsOf(window, store)} s more`,
    'keep it with portfwd confirm or end it with portfwd rollback, then try again',
  );
}

/** Keeps what is loaded. Call under the lock. Throws `no-window`, `reverted`, `config-changed`. */
export async function confirmWindow(options: StateOptions, world: World): Promise<PendingChange> {
  const { host } = world;
  const { stateDir } = statePathsOf(options, world);
  const window = host.pending.read(stateDir);
  if (window === undefined) throw nothingOpen(stateDir, host);
  if (window.confirmed === true) await finishConfirmed(window, options, world);
  else if (!isExpired(window, host)) await keepWindow(window, options, world);
  else {
    await revertWindow(window, options, world);
    throw tooLate();
  }
  return window;
}

/** Brings back what was there before. Call under the lock. */
export async function revertWindow(window: PendingChange, options: StateOptions, world: World): Promise<void> {
  const { host } = world;
  const { stateDir } = statePathsOf(options, world);
  if (host.pending.locationOf(window) === 'another network' && !isExpired(window, host)) throw elsewhere(window);
  if (await isLoadedHere(window, host)) await goBack(window.before, window.now, options, world);
  host.pending.close(stateDir, window.id, 'reverted');
  await host.syslog(`${window.command} by ${window.user}: not confirmed, reverted`);
  await host.pending.disarm(window.reverter, stateDir);
}

/** Whatever comes next finds a window closed that has expired, or that was being kept when its run was killed. */
export async function settleExpired(options: StateOptions, world: World): Promise<void> {
  const { host } = world;
  const { stateDir } = statePathsOf(options, world);
  const isOver = (window: PendingChange): boolean => window.confirmed === true || isExpired(window, host);
  const seen = host.pending.read(stateDir);
  if (seen === undefined || !isOver(seen)) return;
  await locked(options, world, async () => {
    const window = host.pending.read(stateDir);
    if (window?.confirmed === true) await finishConfirmed(window, options, world);
    else if (window !== undefined && isOver(window)) await revertWindow(window, options, world);
  });
}

/** A tenth of a second is less than anybody's clock agrees on. */
export const isExpired = (window: PendingChange, { pending: store }: Host): boolean => store.secondsLeft(window) <= 0.1;

/**
 * In the network that opened it, always: somebody may have flushed the table since. After a restart the
 * kernel holds what the boot loaded, which is the state before, unless it is the same ruleset all the same.
 */
async function isLoadedHere(window: PendingChange, { pending: store, nft }: Host): Promise<boolean> {
  if (store.locationOf(window) === 'here') return true;
  const table = await readKernelTable(nft);
  return table.kind === 'ours' && table.marker === window.now.marker;
}

const elsewhere = ({ command, user }: PendingChange): Failure =>
  new Failure(
    'window-open',
    `"${command}" by ${user} waits to be confirmed in another network namespace`,
    'end it there, or wait until it has gone back by itself',
  );

function nothingOpen(stateDir: string, { pending: store }: Host): Failure {
  if (store.justReverted(stateDir)) return tooLate();
  return new Failure('no-window', 'nothing waits to be confirmed', 'see portfwd history for what was kept');
}

export const tooLate = (): Failure =>
  new Failure(
    'reverted',
    'not confirmed in time: the forwards are as they were before',
    'apply again to try once more',
  );

const secondsOf = (window: PendingChange, store: Host['pending']): number =>
  Math.max(0, Math.ceil(store.secondsLeft(window)));
