import { Failure } from '../../failure/failure.ts';
import { changeModel } from '../../apply/apply.ts';
import type { ChangeOptions } from '../../apply/change.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { findGeneration, noGeneration } from '../../apply/last-applied.ts';
import { locked } from '../../apply/lock.ts';
import { statePathsOf, type World } from '../../apply/context.ts';
import { revertWindow } from '../../apply/confirm/pending.ts';

/** Ends a window that is open; else brings back the model of an earlier generation, file and kernel. */
export async function rollback(number: number | undefined, options: ChangeOptions, world: World): Promise<ExitCode> {
  const { host } = world;
  const { stateDir } = statePathsOf(options, world);
  if (host.pending.read(stateDir) !== undefined && number === undefined) return endWindow(options, world);
  if (number === undefined && host.pending.justReverted(stateDir)) throw alreadyBack();
  const generation = findGeneration(host.history.list(stateDir), number, -2);
  const model = host.history.read(stateDir, generation.number);
  if (model === undefined) throw noGeneration(`generation ${generation.number} is damaged`);
  world.err(`back to generation ${generation.number} of ${generation.time}: ${generation.command}\n`);
  const command = `rollback ${generation.number}`;
  return changeModel({ file: generation.file, command, edit: () => model }, options, world);
}

async function endWindow(options: ChangeOptions, world: World): Promise<ExitCode> {
  const { host } = world;
  const { stateDir } = statePathsOf(options, world);
  await locked(options, world, async () => {
    const window = host.pending.read(stateDir);
    if (window !== undefined) await revertWindow(window, options, world);
  });
  if (options.json === true) world.out(`${JSON.stringify({ reverted: true })}\n`);
  else world.out('reverted: the forwards are as they were before\n');
  return EXIT.ok;
}

/** Who wanted to end a window and came too late does not want the generation before as well. */
const alreadyBack = (): Failure =>
  new Failure(
    'reverted',
    'the last change has gone back already; nothing was changed',
    'name a generation of portfwd history to go further back',
  );
