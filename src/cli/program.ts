import { Command, CommanderError } from 'commander';
import { statePathsOf, type StateOptions, type World } from '../apply/context.ts';
import { asFailure } from '../failure/failure.ts';
import { EXIT, type ExitCode } from '../report/exit-code.ts';
import { exitOf, failureJson, formatFailure } from '../report/failure.ts';
import { boot } from './define/boot.ts';
import { change } from './define/change.ts';
import { examples, type Definition, type Group } from './define/definition.ts';
import { safety } from './define/safety.ts';
import { inspect } from './define/inspect.ts';
import { oneDocument } from './json-messages.ts';
import { refuseUnsafeEnvironment } from './unsafe-environment.ts';

/** In the order of the help. */
const GROUPS = [change, inspect, safety, boot];

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
  for (const { title, commands } of groupsFor(args[0])) {
    program.commandsGroup(title);
    for (const { name, hidden = false, define, load } of commands)
      define(program.command(name, { hidden })).action(async (...given: unknown[]) => {
        exit = await runCommand(load, given, world);
      });
  }
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

/** To define every command takes longer than compile does, and the first argument usually names the one that runs. */
function groupsFor(word: string | undefined): readonly Group[] {
  const named = GROUPS.filter(({ commands }) => commands.some(({ name }) => name === word));
  if (named.length === 0) return GROUPS;
  return named.map((group) => ({ ...group, commands: group.commands.filter(({ name }) => name === word) }));
}

/** `given` is what commander passes to an action: the arguments, the options, and the command itself. */
async function runCommand(load: Definition['load'], given: readonly unknown[], world: World): Promise<ExitCode> {
  const command = await load();
  return command(...([...given.slice(0, -1), world] as never[]));
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
    world.err(`${formatFailure(failure, 'warning')}\n`);
  }
}

const root = (version: string, { out, err }: World): Command =>
  new Command('portfwd')
    .description('Publishes services on ports of this host by destination NAT in the kernel, without a proxy process.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .commandsGroup('Help:')
    .helpCommand('help [command]', 'print help for a command')
    .configureHelp({ helpWidth: 80, subcommandTerm: (command) => command.name() })
    .addHelpText(
      'after',
      examples(
        'portfwd add 6000 192.168.0.2:5000    # publish it on port 6000 of this host',
        'portfwd list',
        'portfwd apply --confirm 60           # after you edited the file',
        'portfwd enable                       # load the forwards at boot',
      ),
    )
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err });
