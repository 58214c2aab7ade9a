import type { PendingChange } from '../../host/state/pending-change.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { locked } from '../lock.ts';
import { statePathsOf, type StateOptions, type World } from '../context.ts';
import { confirmWindow, isExpired, settleExpired } from './pending.ts';

/** Milliseconds. */
const LOOK = 100;

/**
 * Waits until the window is closed by Enter here, by another run, or by the time. Nothing depends on this
 * wait: without it the reverter does the same.
 */
export async function awaitOutcome(
  window: PendingChange,
  options: StateOptions & { readonly json?: boolean },
  world: World,
): Promise<ExitCode> {
  const { host, err } = world;
  const { stateDir } = statePathsOf(options, world);
  const interactive = options.json !== true && host.terminal.isInteractive();
  const left = Math.ceil(host.pending.secondsLeft(window));
  if (options.json === true) (world.atOnce ?? err)(`${JSON.stringify({ waiting: { left } })}\n`);
  else {
    const how = interactive ? 'press Enter, or run portfwd confirm,' : 'run portfwd confirm';
    err(`loaded for now: ${how} within ${left} s to keep it; portfwd rollback ends it at once\n`);
  }
  let pressed = false;
  const stop = interactive ? host.terminal.onEnter(() => (pressed = true)) : () => {};
  try {
    for (let shown = ''; host.pending.read(stateDir)?.id === window.id; await host.sleep(LOOK)) {
      if (pressed) await locked(options, world, async () => confirmOwn(window, options, world));
      else if (isExpired(window, host)) await settleExpired(options, world);
      const text = `${Math.max(0, Math.ceil(host.pending.secondsLeft(window)))} s `;
      if (interactive && text !== shown) err(`\r${(shown = text)}`);
    }
  } finally {
    stop();
  }
  if (interactive) err('\r');
  return host.pending.outcomeOf(stateDir, window.id) === 'kept' ? EXIT.ok : EXIT.notConfirmed;
}

/** Enter answers for what this run loaded, whatever else waits by now. */
async function confirmOwn({ id }: PendingChange, options: StateOptions, world: World): Promise<void> {
  const { stateDir } = statePathsOf(options, world);
  if (world.host.pending.read(stateDir)?.id === id) await confirmWindow(options, world);
}
