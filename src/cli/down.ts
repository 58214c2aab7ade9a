import { TABLE } from '../lower/lower.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { statePathsOf, type StateOptions } from './options.ts';
import { refuseForeign } from './refuse-foreign.ts';
import { retire } from './retire.ts';
import type { World } from './world.ts';

interface Options extends StateOptions {
  readonly json?: boolean;
}

/** Twice is fine. Sysctls go back first, while the guard of what they opened still stands. */
export async function down(options: Options, world: World): Promise<ExitCode> {
  const { host, out } = world;
  const directory = statePathsOf(options, world).volatile;
  const removed = await host.withLock(directory, async () => {
    const table = await refuseForeign(host.nft);
    const remembered = Object.entries(host.sysctl.readRemembered(directory));
    for (const [path, value] of remembered.toReversed()) host.sysctl.write(path, value);
    if (table.kind === 'ours') await host.nft.load(REMOVAL);
    if (remembered.length > 0) host.sysctl.writeRemembered(directory, {});
    const before = host.applied.read(directory);
    if (before !== undefined)
      await retire({ before, after: { forwards: [] }, addresses: [], keepConnections: false }, world);
    host.applied.forget(directory);
    return table.kind === 'ours';
  });
  if (options.json === true) out(`${JSON.stringify({ removed })}\n`);
  else out(removed ? 'all forwards removed\n' : 'there was nothing to remove\n');
  return EXIT.ok;
}

/** `add` before `delete`: the delete succeeds even where somebody else has just done it. */
const REMOVAL = JSON.stringify({ nftables: [{ add: { table: TABLE } }, { delete: { table: TABLE } }] });
