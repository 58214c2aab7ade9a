import { Command, CommanderError } from 'commander';
import { asFailure } from '../host/failure.ts';
import * as define from './command-line.ts';
import { defineEdits } from './edit-commands.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { exitOf, failureJson, formatFailure } from './format-failure.ts';
import { examples, statePathsOf, type StateOptions } from './options.ts';
import { oneDocument } from './one-document.ts';
import { refuseUnsafeEnvironment } from './unsafe-environment.ts';
import type { World } from './world.ts';

/** The whole command line as a function: arguments and a world in, an exit code out. */
export async function run(args: readonly string[], world: World, version: string): Promise<ExitCode> {
  if (!args.includes('--json')) return runIn(args, world, version);
  const document = oneDocument(world.err);
  try {
    return await runIn(args, { ...world, err: document.err, atOnce: world.err }, version);
  } finally {
    document.end();
  }
}

async function runIn(args: readonly string[], world: World, version: string): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok;
  const program = root(version, world);
  const ends = (run: Promise<ExitCode>): Promise<void> => run.then((code) => void (exit = code));
  define
    .applyCommand(program)
    .action(async (file, options) => ends(import('./apply.ts').then(({ apply }) => apply(file, options, world))));
  define
    .planCommand(program)
    .action(async (file, options) => ends(import('./plan.ts').then(({ plan }) => plan(file, options, world))));
  define
    .checkCommand(program)
    .action(async (file, options) =>
      ends(import('./check.ts').then(({ checkModel }) => checkModel(file, options, world))),
    );
  define
    .compileCommand(program)
    .action(async (file, options) => ends(import('./compile.ts').then(({ compile }) => compile(file, options, world))));
  define
    .listCommand(program)
    .action(async (file, options) => ends(import('./list.ts').then(({ list }) => list(file, options, world))));
  define
    .statusCommand(program)
    .action(async (file, options) => ends(import('./status.ts').then(({ status }) => status(file, options, world))));
  defineEdits(program, ends, world);
  define
    .downCommand(program)
    .action(async (options) => ends(import('./down.ts').then(({ down }) => down(options, world))));
  define
    .enableCommand(program)
    .action(async (file, options) => ends(import('./enable.ts').then(({ enable }) => enable(file, options, world))));
  define
    .disableCommand(program)
    .action(async (options) => ends(import('./disable.ts').then(({ disable }) => disable(options, world))));
  define
    .explainCommand(program)
    .action(async (file, options) => ends(import('./explain.ts').then(({ explain }) => explain(file, options, world))));
  define
    .confirmCommand(program)
    .action(async (options) => ends(import('./confirm.ts').then(({ confirm }) => confirm(options, world))));
  define
    .rollbackCommand(program)
    .action(async (generation, options) =>
      ends(import('./rollback.ts').then(({ rollback }) => rollback(generation, options, world))),
    );
  define
    .historyCommand(program)
    .action(async (options) => ends(import('./history.ts').then(({ history }) => history(options, world))));
  define
    .settleCommand(program)
    .action(async (options) => ends(import('./settle.ts').then(({ settle }) => settle(options, world))));
  define.factsCommand(program).action(async () => ends(import('./facts.ts').then(({ facts }) => facts(world))));
  program.hook('preAction', async (_, command) => {
    refuseUnsafeEnvironment(world);
    await settleFirst(command.opts(), world);
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    world.err(`${args.includes('--json') ? JSON.stringify(failureJson(failure)) : formatFailure(failure)}\n`);
    return exitOf(failure);
  }
}

/** An expired window is closed before anything else is done; who has no rights to do it is told. */
async function settleFirst(options: StateOptions, world: World): Promise<void> {
  try {
    if (world.host.window.read(statePathsOf(options, world).lasting) === undefined) return;
    const { settleExpired } = await import('./window.ts');
    await settleExpired(options, world);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    world.err(`${formatFailure(failure)}\n`);
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
