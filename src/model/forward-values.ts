import { forwardKeys, rowOf, sorted, type FORWARD_KEYS, type ForwardKey } from './forward-keys.ts';
import type { Forward } from './model.ts';

/** Keys whose value in the file is the value in `Forward`. */
export type PlainKey = {
  [Key in ForwardKey]: (typeof FORWARD_KEYS)[Key] extends { readonly default: unknown } ? Key : never;
}[ForwardKey];

export const plainKeys = forwardKeys.filter((key): key is PlainKey => 'default' in rowOf(key));

/** The values of the plain keys if they are missing in the file. */
export const DEFAULTS = Object.fromEntries(plainKeys.map((key) => [key, rowOf(key).default])) as unknown as Pick<
  Forward,
  PlainKey
>;

/** The keys that have a value in `Forward`: all except those that only change how another key is parsed. */
export const comparedKeys = forwardKeys.filter((key) => 'default' in rowOf(key) || rowOf(key).value !== undefined);

/** The value of a key for comparison: the order of a list and a port that is written but kept make no difference. */
export function textOf(key: ForwardKey, forward: Forward): string {
  const { text } = rowOf(key);
  if (text !== undefined) return text(forward);
  const value = valueOf(key, forward);
  return typeof value === 'object' ? sorted(value) : `${value ?? ''}`;
}

/** A forward as commands print it with `--json`: the names are those of the file, and a list is a list even of one item. */
export function forwardJson(forward: Forward): Readonly<Record<string, unknown>> {
  const values = comparedKeys.map((key) => [key, valueOf(key, forward) ?? null]);
  return { name: forward.name, family: forward.family, ...Object.fromEntries(values) };
}

const valueOf = (key: ForwardKey, forward: Forward): string | boolean | readonly string[] | undefined => {
  const { value } = rowOf(key);
  return value === undefined ? forward[key as PlainKey] : value(forward);
};
