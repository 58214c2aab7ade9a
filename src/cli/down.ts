import type { Command } from 'commander';
import { TABLE } from '../lower/lower.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { examples, statePathsOf, withJson, withState, type StateOptions } from './options.ts';
import { refuseForeign } from './refuse-foreign.ts';
import type { World } from './world.ts';

interface Options extends StateOptions {
  readonly json?: boolean;
}

export const downCommand = (program: Command): Command =>
  withState(withJson(program.command('down')))
    .description('take every forward out of the kernel; the file stays as it is')
    .addHelpText('after', examples('portfwd down'));

/** Twice is fine: `add` before `delete` makes the delete succeed where there is nothing. */
export async function down(options: Options, world: World): Promise<ExitCode> {
  const { host, out } = world;
  const removed = await host.withLock(statePathsOf(options, world).volatile, async () => {
    const table = await refuseForeign(host.nft);
    if (table.kind === 'ours')
      await host.nft.load(JSON.stringify({ nftables: [{ add: { table: TABLE } }, { delete: { table: TABLE } }] }));
    return table.kind === 'ours';
  });
  if (options.json === true) out(`${JSON.stringify({ removed })}\n`);
  else out(removed ? 'all forwards removed\n' : 'there was nothing to remove\n');
  return EXIT.ok;
}
