import { EXIT, type ExitCode } from './exit-code.ts';
import { locked } from './locked.ts';
import { statePathsOf, type StateOptions } from './options.ts';
import { retire } from './retire.ts';
import { takeDown } from './take-down.ts';
import { refuseOpenWindow } from './window.ts';
import type { World } from './world.ts';

interface Options extends StateOptions {
  readonly json?: boolean;
}

/** Twice is fine. */
export async function down(options: Options, world: World): Promise<ExitCode> {
  const { host, out } = world;
  const { volatile, lasting } = statePathsOf(options, world);
  const removed = await locked(options, world, async () => {
    refuseOpenWindow(lasting, host);
    const had = await takeDown(volatile, host);
    const before = host.applied.read(volatile);
    if (before !== undefined)
      await retire({ before, after: { forwards: [] }, addresses: [], keepConnections: false }, world);
    host.applied.forget(volatile);
    if (had) await host.audit(`down by ${host.who(world.env)}`);
    return had;
  });
  if (options.json === true) out(`${JSON.stringify({ removed })}\n`);
  else out(removed ? 'all forwards removed\n' : 'there was nothing to remove\n');
  return EXIT.ok;
}
