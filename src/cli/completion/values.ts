import type { Option } from 'commander';
import { forwardKeys, rowOf, type ForwardKey } from '../../model/forward-keys.ts';
import { NOTHING, type Candidate, type Completion, type Known } from './candidate.ts';
import type { ReadWords } from './read-words.ts';

/** The values of an option. */
export async function valuesOf(
  option: Option,
  current: string,
  { config }: ReadWords,
  known: Known,
): Promise<Completion> {
  if (option.argChoices !== undefined) return { candidates: option.argChoices.map(plain) };
  if (option.long === '--state-dir' || option.flags.includes('<dir>')) return { candidates: [], paths: 'directories' };
  if (option.long === '--file') return { candidates: known.parts(config).map(plain) };
  if (option.flags.includes('<file|live>')) return { candidates: [plain('live')], paths: 'files' };
  if (option.flags.includes('<path>')) return { candidates: [], paths: 'files' };
  const key = forwardKeys.find((one) => option.long === `--${one}`);
  return key === undefined ? NOTHING : { candidates: keyValues(key, current, known) };
}

/** `KEY=` for each key that is not given yet, or `KEY=VALUE` if the key is typed already. */
export function assignmentsFor(current: string, given: readonly string[], known: Known): Completion {
  const [, word = '', value] = /^([^=]*)=(.*)$/s.exec(current) ?? [];
  const key = forwardKeys.find((one) => one === word);
  if (value === undefined) return { candidates: forwardKeys.filter((one) => !isGiven(one, given)).map(assignment) };
  const values = key === undefined ? [] : keyValues(key, value, known);
  return { candidates: values.map((one) => ({ ...one, value: `${word}=${one.value}` })) };
}

const isGiven = (key: ForwardKey, given: readonly string[]): boolean =>
  given.some((word) => word.startsWith(`${key}=`));

const assignment = (key: ForwardKey): Candidate => ({ value: `${key}=`, about: rowOf(key).help });

/** For a list, what can follow the last comma. */
function keyValues(key: ForwardKey, current: string, known: Known): readonly Candidate[] {
  const { kind, choices } = rowOf(key);
  if (kind === 'boolean') return ['true', 'false'].map(plain);
  const words = key === 'interface' ? known.interfaces() : (choices ?? []);
  if (kind !== 'list') return words.map(plain);
  const before = current.slice(0, current.lastIndexOf(',') + 1);
  const used = before.split(',');
  return words.filter((word) => !used.includes(word)).map((word) => plain(`${before}${word}`));
}

const plain = (value: string): Candidate => ({ value });
