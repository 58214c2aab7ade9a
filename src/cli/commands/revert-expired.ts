import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { statePathsOf, type StateOptions, type World } from '../../apply/context.ts';

/** What every command does first, and nothing else: goes back where a window has expired. Exit 1 while one is open. */
export async function settle(options: StateOptions, world: World): Promise<ExitCode> {
  return world.host.pending.read(statePathsOf(options, world).stateDir) === undefined ? EXIT.ok : EXIT.findings;
}
