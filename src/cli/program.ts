import { Command, CommanderError } from 'commander';
import { Failure } from '../host/failure.ts';
import { apply, applyCommand } from './apply.ts';
import { checkCommand, checkModel } from './check.ts';
import { compile, compileCommand } from './compile.ts';
import { down, downCommand } from './down.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { explain, explainCommand } from './explain.ts';
import { facts, factsCommand } from './facts.ts';
import { exitOf, failureJson, formatFailure } from './format-failure.ts';
import { list, listCommand } from './list.ts';
import { examples } from './options.ts';
import { status, statusCommand } from './status.ts';
import type { World } from './world.ts';

/** The whole command line as a function: arguments and a world in, an exit code out. */
export async function run(args: readonly string[], world: World, version: string): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok;
  const program = root(version, world);
  applyCommand(program).action(async (file, options) => void (exit = await apply(file, options, world)));
  checkCommand(program).action(async (file, options) => void (exit = await checkModel(file, options, world)));
  compileCommand(program).action(async (file, options) => void (exit = await compile(file, options, world)));
  listCommand(program).action(async (file, options) => void (exit = await list(file, options, world)));
  statusCommand(program).action(async (file, options) => void (exit = await status(file, options, world)));
  downCommand(program).action(async (options) => void (exit = await down(options, world)));
  explainCommand(program).action(async (file, options) => void (exit = await explain(file, options, world)));
  factsCommand(program).action(async () => void (exit = await facts(world)));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof Failure)) throw error;
    world.err(`${args.includes('--json') ? JSON.stringify(failureJson(error)) : formatFailure(error)}\n`);
    return exitOf(error);
  }
}

const root = (version: string, { out, err }: World): Command =>
  new Command('portfwd')
    .description("publish services on this host's ports by destination NAT in the kernel, without a proxy process")
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .addHelpText('after', examples('portfwd check ./forwards.yaml', 'portfwd apply ./forwards.yaml', 'portfwd down'))
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err });
