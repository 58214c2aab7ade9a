import { escapeControls } from '../finding/quote.ts';
import { formatHolder } from '../host/state/lock-holder.ts';
import { statePathsOf, type StateOptions, type World } from './context.ts';

/** One run at a time; who has to wait is told for whom. */
export const locked = async <T>(
  options: StateOptions & { readonly json?: boolean },
  world: World,
  work: () => Promise<T>,
): Promise<T> =>
  world.host.withLock(statePathsOf(options, world).runtimeDir, work, (holder) => {
    if (options.json !== true) world.err(`${escapeControls(`portfwd: waiting for ${formatHolder(holder)}`)}\n`);
  });
