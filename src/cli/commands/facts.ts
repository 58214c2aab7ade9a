import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { readFacts } from '../../apply/read-on-host.ts';
import type { World } from '../../apply/context.ts';

export async function facts(_: object, world: World): Promise<ExitCode> {
  world.out(`${JSON.stringify(await readFacts({}, world), null, 2)}\n`);
  return EXIT.ok;
}
