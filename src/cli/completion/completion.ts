import { Command, type Argument } from 'commander';
import type { Definition } from '../define/definition.ts';
import { GROUPS, HELP_COMMAND } from '../define/groups.ts';
import { NOTHING, type Candidate, type Completion, type Known } from './candidate.ts';
import { optionsOf, readWords, type ReadWords } from './read-words.ts';
import { assignmentsFor, valuesOf } from './values.ts';

/** What the last of the words after `portfwd` can become. It is made from the definitions of the commands. */
export async function completionOf(words: readonly string[], known: Known): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const { candidates, paths } = await everything(words, current, known);
  return { candidates: candidates.filter(({ value }) => value.startsWith(current)), paths };
}

async function everything([word = '', ...rest]: readonly string[], current: string, known: Known): Promise<Completion> {
  if (rest.length === 0) return { candidates: word.startsWith('-') ? ROOT_OPTIONS : COMMANDS };
  if (word === HELP_COMMAND.name) return rest.length === 1 ? { candidates: TOPICS } : NOTHING;
  const definition = DEFINITIONS.find(({ name }) => name === word);
  if (definition === undefined) return NOTHING;
  const command = commandOf(definition);
  const read = readWords(command, rest.slice(0, -1));
  if (read.open !== undefined) return valuesOf(read.open, current, read, known);
  if (read.ended || !current.startsWith('-')) return argumentValues(command, read, current, known);
  const [, flag, value] = /^(--[^=]+)=(.*)$/s.exec(current) ?? [];
  if (flag === undefined) return { candidates: optionsOf(command, read) };
  const option = command.options.find(({ long }) => long === flag);
  const { candidates } = option === undefined ? NOTHING : await valuesOf(option, value ?? '', read, known);
  return { candidates: candidates.map((one) => ({ ...one, value: `${flag}=${one.value}` })) };
}

const DEFINITIONS = GROUPS.flatMap(({ commands }) => commands);

const commandOf = ({ name, define }: Definition): Command => define(new Command(name));

const COMMANDS: readonly Candidate[] = [
  ...DEFINITIONS.filter(({ hidden }) => hidden !== true).map((definition) => ({
    value: definition.name,
    about: commandOf(definition).summary() || commandOf(definition).description(),
  })),
  { value: HELP_COMMAND.name, about: HELP_COMMAND.summary },
];

const TOPICS: readonly Candidate[] = [...COMMANDS, { value: 'model', about: 'the keys of the file' }];

const ROOT_OPTIONS: readonly Candidate[] = [
  { value: '--help', about: 'print help' },
  { value: '--version', about: 'print the version' },
];

async function argumentValues(
  command: Command,
  { given, config, stateDir }: ReadWords,
  current: string,
  known: Known,
): Promise<Completion> {
  const [first] = given;
  const argument = argumentAt(command, given.length);
  if (argument?.argChoices !== undefined) return { candidates: argument.argChoices.map((value) => ({ value })) };
  const forwards = async (): Promise<readonly Candidate[]> =>
    (await known.forwards(config)).filter(({ value }) => !given.includes(value));
  switch (argument?.name()) {
    case 'file':
      return { candidates: [], paths: 'files' };
    case 'file|forward':
      if (command.name() !== 'edit') return { candidates: await forwards(), paths: 'files' };
      return {
        candidates: [...(await forwards()), ...partsOf(config, known)],
        paths: current.includes('/') ? 'files' : undefined,
      };
    case 'forward':
      return { candidates: [...(await forwards()), ...(command.name() === 'set' ? [WHOLE_FILE] : [])] };
    case 'generation':
    case 'from':
    case 'to':
      return { candidates: known.generations(stateDir).filter(({ value }) => !given.includes(value)) };
    case 'key=value':
      return first?.includes('=') === true ? NOTHING : assignmentsFor(current, given, known);
    default:
      return NOTHING;
  }
}

const partsOf = (config: string | undefined, known: Known): readonly Candidate[] =>
  known.parts(config).map((value) => ({ value, about: 'the file' }));

const WHOLE_FILE: Candidate = { value: 'forwarding=', about: 'of the whole file: require, enable or ignore' };

function argumentAt({ registeredArguments: all }: Command, index: number): Argument | undefined {
  const last = all.at(-1);
  return all[index] ?? (last?.variadic === true ? last : undefined);
}
