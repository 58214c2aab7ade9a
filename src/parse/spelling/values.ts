import type { ForwardKeyRow } from '../../model/forward-keys.ts';

/** The value that was probably meant where another word for yes or no, or other case, is written. */
export function valueRemedy({ kind, choices = [] }: ForwardKeyRow, value: unknown): string | undefined {
  const word = scalarText(value).toLowerCase();
  if (kind === 'boolean') return YES.has(word) ? 'write true' : NO.has(word) ? 'write false' : undefined;
  if (kind !== 'choice') return undefined;
  const same = choices.find((choice) => choice === word);
  if (same !== undefined) return `write ${same}`;
  const meant = YES.has(word) ? ['always', 'clamp'] : NO.has(word) ? ['never', 'keep'] : [];
  const choice = choices.find((one) => meant.includes(one));
  return choice && `write ${choice}`;
}

const YES: ReadonlySet<string> = new Set(['true', 'yes', 'y', 'on', '1', 'enabled']);
const NO: ReadonlySet<string> = new Set(['false', 'no', 'n', 'off', '0', 'disabled', 'none']);

/** Empty for lists and mappings, which have no text. */
export const scalarText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? `${value}` : '';
