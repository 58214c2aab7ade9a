import type * as z from 'zod/mini';
import type { Finding, ModelPath } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { portAloneRemedy } from './spelling/exact-lines.ts';
import { forwardingRemedy, standsFor, unknownKeyRemedy } from './spelling/keys.ts';
import { protocolRemedy } from './spelling/protocols.ts';
import { valueRemedy } from './spelling/values.ts';
import { forwardKeys, rowOf, type ForwardKey } from '../model/forward-keys.ts';

type Issue = z.core.$ZodIssue;

/** The remedy for a value of the wrong type, by key. */
const REMEDIES: Readonly<Record<string, string>> = {
  version: 'write version: 1',
  counters: 'write true or false; true is the default',
  priority: 'write a whole number from -199 to 400; -105 is the default',
  revision: 'write one line of text in quotes, such as "a1b2c3d"',
  forwards: 'write a list: each forward on its own line, after "- "',
  ...Object.fromEntries(forwardKeys.map((key) => [key, rowOf(key).remedy])),
};

/** Converts errors of zod to findings. `at` is the path of the checked value, `known` are the keys that it may have. */
export const schemaFindings = (
  error: z.core.$ZodError,
  input: unknown,
  at: ModelPath,
  known: readonly string[],
): Finding[] => error.issues.flatMap((issue) => issueFindings(issue, input, at, known));

function issueFindings(issue: Issue, input: unknown, at: ModelPath, known: readonly string[]): Finding[] {
  const path = [...at, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  const value = valueAt(input, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const keys = value as Readonly<Record<string, unknown>>;
    return issue.keys.map((key) => ({
      code: 'model/unknown-key',
      message: `unknown key ${quote(key)}`,
      remedy: unknownKeyRemedy(key, keys[key], known, keys),
      path: [...path, key],
    }));
  }
  const inside = Array.isArray(value) ? insideFindings(issue, input, at, known) : [];
  if (inside.length > 0) return inside;
  if (path.length === 2 && typeof path[1] === 'number') return [notForward(value, path)];
  const key = [...path].reverse().find((step) => typeof step === 'string') ?? '';
  const remedy = otherRemedy(key, value) ?? REMEDIES[key] ?? '';
  const siblings = keysOf(valueAt(input, issue.path.slice(0, -1)));
  if (value === undefined && siblings.some((other) => standsFor(other, key))) return [];
  if (value === undefined)
    return [{ code: 'model/missing-key', message: `missing key ${key}`, remedy, path: path.slice(0, -1) }];
  const code = isWrongType(issue, value) ? 'model/type' : 'model/value';
  return [{ code, message: `invalid ${key} ${quote(value)}`, remedy, path }];
}

const keysOf = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null ? Object.keys(value) : [];

function otherRemedy(key: string, value: unknown): string | undefined {
  if (key === 'protocol') return protocolRemedy(value);
  if (key === 'forwarding' && value !== undefined) return forwardingRemedy(value);
  if (isForwardKey(key)) {
    const remedy = valueRemedy(rowOf(key), value);
    if (remedy !== undefined) return remedy;
  }
  return key === 'target' && typeof value === 'number' && Number.isInteger(value) ? portAloneRemedy(value) : undefined;
}

const isForwardKey = (key: string): key is ForwardKey => (forwardKeys as readonly string[]).includes(key);

/** For a value or a list of values, zod tries the list last: its errors name the item that is wrong. */
function insideFindings(issue: Issue, input: unknown, at: ModelPath, known: readonly string[]): Finding[] {
  if (issue.code !== 'invalid_union') return [];
  const issues = (issue.errors.at(-1) ?? []).filter(({ path }) => path.length > 0);
  return issues.flatMap((inner) => issueFindings({ ...inner, path: [...issue.path, ...inner.path] }, input, at, known));
}

const notForward = (value: unknown, path: ModelPath): Finding => ({
  code: 'model/type',
  message: `invalid forward ${quote(value)}`,
  remedy: 'write "6000:192.168.0.2:5000" in quotes, or a mapping with the keys listen and target',
  path,
});

/** Where zod tries several types, text and lists have a valid type and an invalid value. */
const isWrongType = (issue: Issue, value: unknown): boolean =>
  issue.code === 'invalid_type' ||
  (issue.code === 'invalid_union' && typeof value !== 'string' && !Array.isArray(value));

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, step) => (value as Record<PropertyKey, unknown> | undefined)?.[step], input);
