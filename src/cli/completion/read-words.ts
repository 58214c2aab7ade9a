import type { Command, Option } from 'commander';
import type { Candidate } from './candidate.ts';

/** The words of a command before the one that is completed. */
export interface ReadWords {
  /** The arguments. */
  readonly given: readonly string[];
  readonly options: ReadonlySet<Option>;
  /** The option whose value is completed. */
  readonly open?: Option | undefined;
  /** Behind `--` there are no options. */
  readonly ended: boolean;
  readonly config: string | undefined;
  readonly stateDir: string | undefined;
}

export function readWords(command: Command, words: readonly string[]): ReadWords {
  const given: string[] = [];
  const options = new Set<Option>();
  let open: Option | undefined;
  let ended = false;
  const values = new Map<string, string>();
  for (const word of words) {
    if (open !== undefined) {
      values.set(open.long ?? '', word);
      open = undefined;
    } else if (ended || !word.startsWith('-')) given.push(word);
    else if (word === '--') ended = true;
    else {
      const [flag = '', ...value] = word.split('=');
      const option = command.options.find(({ long, short }) => flag === long || flag === short);
      if (option !== undefined) options.add(option);
      if (value.length > 0) values.set(flag, value.join('='));
      if (option?.required === true && value.length === 0) open = option;
    }
  }
  return { given, options, open, ended, config: values.get('--config'), stateDir: values.get('--state-dir') };
}

/** The options that are not given yet. */
export const optionsOf = (command: Command, { options }: ReadWords): readonly Candidate[] => [
  ...command.options
    .filter((option) => !option.hidden && !options.has(option))
    .map(({ long, description }) => ({ value: long ?? '', about: description })),
  { value: '--help', about: 'print help' },
];
