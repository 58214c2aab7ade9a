import type { Command } from 'commander';
import { EXIT, type ExitCode } from './exit-code.ts';
import { examples } from './options.ts';
import { readFacts } from './read-facts.ts';
import type { World } from './world.ts';

export const factsCommand = (program: Command): Command =>
  program
    .command('facts')
    .description('print what portfwd has to know of this host, as JSON for compile --host-facts')
    .addHelpText(
      'after',
      examples('portfwd facts > gateway.json', 'portfwd compile --host-facts gateway.json ./forwards.yaml'),
    );

export async function facts(world: World): Promise<ExitCode> {
  world.out(`${JSON.stringify(await readFacts({}, world), null, 2)}\n`);
  return EXIT.ok;
}
