import { EXIT, type ExitCode } from './exit-code.ts';
import { readFacts } from './read-facts.ts';
import type { World } from './world.ts';

export async function facts(world: World): Promise<ExitCode> {
  world.out(`${JSON.stringify(await readFacts({}, world), null, 2)}\n`);
  return EXIT.ok;
}
