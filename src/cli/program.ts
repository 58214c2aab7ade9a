import { Command, CommanderError } from 'commander';
import { asFailure } from '../failure/failure.ts';
import * as define from './define/commands.ts';
import { EXIT, type ExitCode } from '../report/exit-code.ts';
import { exitOf, failureJson, formatFailure } from '../report/failure.ts';
import { statePathsOf, type StateOptions, type World } from '../apply/context.ts';
import { examples } from './options.ts';
import { oneDocument } from './json-messages.ts';
import { refuseUnsafeEnvironment } from './unsafe-environment.ts';
import * as defineEdit from './define/edit-commands.ts';

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
    .action(async (file, options) =>
      ends(import('./commands/apply.ts').then(({ apply }) => apply(file, options, world))),
    );
  define
    .planCommand(program)
    .action(async (file, options) => ends(import('./commands/plan.ts').then(({ plan }) => plan(file, options, world))));
  define
    .checkCommand(program)
    .action(async (file, options) =>
      ends(import('./commands/check.ts').then(({ checkModel }) => checkModel(file, options, world))),
    );
  define
    .compileCommand(program)
    .action(async (file, options) =>
      ends(import('./commands/compile.ts').then(({ compile }) => compile(file, options, world))),
    );
  define
    .listCommand(program)
    .action(async (file, options) => ends(import('./commands/list.ts').then(({ list }) => list(file, options, world))));
  define
    .statusCommand(program)
    .action(async (file, options) =>
      ends(import('./commands/status.ts').then(({ status }) => status(file, options, world))),
    );
  defineEdits(program, ends, world);
  define
    .downCommand(program)
    .action(async (options) => ends(import('./commands/down.ts').then(({ down }) => down(options, world))));
  define
    .enableCommand(program)
    .action(async (file, options) =>
      ends(import('./commands/enable.ts').then(({ enable }) => enable(file, options, world))),
    );
  define
    .disableCommand(program)
    .action(async (options) => ends(import('./commands/disable.ts').then(({ disable }) => disable(options, world))));
  define
    .explainCommand(program)
    .action(async (file, options) =>
      ends(import('./commands/explain.ts').then(({ explain }) => explain(file, options, world))),
    );
  define
    .confirmCommand(program)
    .action(async (options) => ends(import('./commands/confirm.ts').then(({ confirm }) => confirm(options, world))));
  define
    .rollbackCommand(program)
    .action(async (generation, options) =>
      ends(import('./commands/rollback.ts').then(({ rollback }) => rollback(generation, options, world))),
    );
  define
    .historyCommand(program)
    .action(async (options) => ends(import('./commands/history.ts').then(({ history }) => history(options, world))));
  define
    .settleCommand(program)
    .action(async (options) =>
      ends(import('./commands/revert-expired.ts').then(({ settle }) => settle(options, world))),
    );
  define
    .factsCommand(program)
    .action(async () => ends(import('./commands/facts.ts').then(({ facts }) => facts(world))));
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
    if (world.host.pending.read(statePathsOf(options, world).stateDir) === undefined) return;
    const { settleExpired } = await import('../apply/confirm/pending.ts');
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

/** What changes the file, and what tells how it changed. */
function defineEdits(program: Command, ends: (run: Promise<ExitCode>) => Promise<void>, world: World): void {
  defineEdit
    .addCommand(program)
    .action(async (listen, target, options) =>
      ends(import('./commands/add.ts').then(({ add }) => add(listen, target, options, world))),
    );
  defineEdit
    .removeCommand(program)
    .action(async (words, options) =>
      ends(import('./commands/remove.ts').then(({ remove }) => remove(words, options, world))),
    );
  defineEdit
    .setCommand(program)
    .action(async (word, changes, options) =>
      ends(import('./commands/set.ts').then(({ set }) => set(word, changes, options, world))),
    );
  defineEdit
    .editCommand(program)
    .action(async (options) => ends(import('./commands/edit.ts').then(({ edit }) => edit(options, world))));
  defineEdit
    .diffCommand(program)
    .action(async (from, to, options) =>
      ends(import('./commands/diff.ts').then(({ diff }) => diff(from, to, options, world))),
    );
}
