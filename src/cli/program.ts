import { Command, CommanderError, Option } from 'commander';
import { asFailure } from '../failure/failure.ts';
import { EXIT, type ExitCode } from '../report/exit-code.ts';
import { exitOf, failureJson, formatFailure } from '../report/failure.ts';
import { examples, type Definition, type Group } from './define/definition.ts';
import { DESCRIPTION, EXAMPLES, GROUPS, HELP_COMMAND } from './define/groups.ts';
import { collectJson, linesOf, type JsonMessages } from './json-messages.ts';
import { printable } from './printable.ts';
import { createSession, type Runtime, type Session, type StateOptions } from './session.ts';
import { refuseUnsafeEnvironment } from './unsafe-environment.ts';
import { escapeUsageError } from './usage-error.ts';
import { withHint } from './usage-hint.ts';

/** A topic, not a command. */
const HELP_MODEL = 'help model';

/** Only the single executable has it, and prints them before this runs (executable.ts). */
const LICENSES = new Option('--licenses', 'print the licenses of portfwd, its libraries and Node');

/** The whole command line as a function: arguments and what the process gives in, an exit code out. */
export async function run(args: readonly string[], runtime: Runtime, version: string): Promise<ExitCode> {
  if (!args.includes('--json')) return runIn(args, runtime, undefined, version);
  const messages = collectJson(runtime.err);
  try {
    return await runIn(args, runtime, messages, version);
  } finally {
    messages.end();
  }
}

async function runIn(
  args: readonly string[],
  runtime: Runtime,
  messages: JsonMessages | undefined,
  version: string,
): Promise<ExitCode> {
  if (args.join(' ') === HELP_MODEL) {
    runtime.out((await import('../parse/help/model-help.ts')).modelHelp());
    return EXIT.ok;
  }
  let exit: ExitCode = EXIT.ok;
  const withoutState = new Set<string>();
  const program = root(version, args, runtime.out, (text) =>
    messages === undefined ? runtime.err(printable(text)) : messages.add({ messages: linesOf(text) }),
  );
  if (runtime.self.length === 1) program.addOption(LICENSES);
  for (const { title, commands } of groupsFor(args[0])) {
    program.commandsGroup(title);
    for (const { name, hidden = false, stateless, define, load } of commands) {
      if (stateless === true) withoutState.add(name);
      define(program.command(name, { hidden })).action(async (...given: unknown[]) => {
        exit = await runCommand(load, given, createSession(given.at(-2) as StateOptions, runtime, messages));
      });
    }
  }
  program.hook('preAction', async (_, command) => {
    refuseUnsafeEnvironment(runtime);
    if (!withoutState.has(command.name())) await settleFirst(createSession(command.opts(), runtime, messages));
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    if (messages === undefined) runtime.err(`${formatFailure(failure)}\n`);
    else messages.add(failureJson(failure));
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
async function runCommand(load: Definition['load'], given: readonly unknown[], session: Session): Promise<ExitCode> {
  const command = await load();
  return command(...([...given.slice(0, -1), session] as never[]));
}

/**
 * Before anything else: refuses what cannot be a state directory, reports damaged state, and reverts an expired change. If
 * that fails, for example without root, the failure is reported.
 */
async function settleFirst(session: Session): Promise<void> {
  session.host.inspect.directories(session.state);
  for (const failure of session.host.damagedState(session.state)) session.report.problem(failure);
  try {
    if (session.host.pending.read(session.state.stateDir) === undefined) return;
    const { settlePending } = await import('../apply/confirm/pending.ts');
    await settlePending(session);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    session.report.problem(failure);
  }
}

const root = (
  version: string,
  args: readonly string[],
  out: (text: string) => void,
  err: (text: string) => void,
): Command =>
  new Command('portfwd')
    .description(DESCRIPTION)
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .commandsGroup('Help:')
    .helpCommand(HELP_COMMAND.usage, HELP_COMMAND.summary)
    .configureHelp({ helpWidth: 80, subcommandTerm: (command) => command.name() })
    .addHelpText('after', examples(...EXAMPLES))
    .exitOverride()
    .configureOutput({
      writeOut: out,
      writeErr: err,
      outputError: (text, write) =>
        write(
          withHint(
            escapeUsageError(text),
            args,
            GROUPS.flatMap(({ commands }) => commands),
          ),
        ),
    });
