import { forwardKeys, rowOf, type ForwardKeyRow } from '../model/forward-keys.ts';
import type { ForwardInput } from './schema.ts';
import { mayNeedRespelling } from './spelling/respell.ts';

/**
 * Whether a mapping has only known keys, with values of the right types in their usual spelling. The schema would say the
 * same, but needs five times as long. If this is false, the schema decides and says what is wrong.
 */
export function isUsualInput(input: Readonly<Record<string, unknown>>): input is ForwardInput {
  for (const key in input) {
    const row = ROWS.get(key);
    if (row === undefined || !hasType(row, input[key]) || mayNeedRespelling(key, input[key])) return false;
  }
  for (const key of REQUIRED) if (!(key in input)) return false;
  return true;
}

const ROWS: ReadonlyMap<string, ForwardKeyRow> = new Map(forwardKeys.map((key) => [key, rowOf(key)]));

const REQUIRED = forwardKeys.filter((key) => rowOf(key).required === true);

function hasType(row: ForwardKeyRow, value: unknown): boolean {
  if (row.kind === 'boolean') return typeof value === 'boolean';
  if (row.kind !== 'list' || !Array.isArray(value)) return isItem(row, value);
  for (const item of value as readonly unknown[]) if (!isItem(row, item)) return false;
  return value.length > 0;
}

const isItem = ({ choices, numbers }: ForwardKeyRow, value: unknown): boolean =>
  typeof value === 'string'
    ? choices === undefined || choices.includes(value)
    : numbers === true && typeof value === 'number' && Number.isFinite(value);
