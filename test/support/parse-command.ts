import { Command, CommanderError } from 'commander';
import { GROUPS } from '../../src/cli/define/groups.ts';

const DEFINITIONS = GROUPS.flatMap(({ commands }) => commands);

/** The second is one of the single executable. */
const PROGRAM_OPTIONS = new Set(['--version', '--licenses']);

/** What the command line of portfwd says about these arguments; undefined if it takes them. It runs nothing. */
export function usageError(words: readonly string[]): string | undefined {
  const [name = '', topic] = words;
  if (PROGRAM_OPTIONS.has(name)) return undefined;
  if (name === 'help') return topic === 'model' || topic === undefined ? undefined : usageError([topic, '--help']);
  const definition = DEFINITIONS.find((one) => one.name === name);
  if (definition === undefined) return `unknown command ${name}`;
  const program = new Command('portfwd').exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  definition.define(program.command(name)).action(() => {});
  try {
    program.parse(words, { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? undefined : error.message;
  }
}
