import { Option, type Command } from 'commander';
import { forwardKeys, rowOf, type ForwardKey } from '../../model/forward-keys.ts';

/** Adds an option for every key of a forward that `portfwd add` takes as an option. */
export const withForwardOptions = (command: Command): Command =>
  forwardKeys.flatMap(forwardOption).reduce((result, option) => result.addOption(option), command);

function forwardOption(key: ForwardKey): Option[] {
  const { kind, choices, help, option } = rowOf(key);
  if (option === undefined) return [];
  const described = option.help ?? help;
  if (kind === 'boolean') return [new Option(`--${key}`, described)];
  const made = new Option(`--${key} <${option.value ?? kind}>`, described);
  if (kind === 'list') return [made.argParser(list)];
  return [choices === undefined ? made : made.choices([...choices])];
}

/** Separated by commas; the option may also be given several times. */
const list = (text: string, before: readonly string[] = []): readonly string[] => [...before, ...text.split(',')];
