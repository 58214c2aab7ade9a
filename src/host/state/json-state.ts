import { join } from 'node:path';
import type * as z from 'zod/mini';
import { Failure } from '../../failure/failure.ts';
import { moveAway } from './move-away.ts';
import { readStateFile } from './state-file.ts';

interface JsonState<T> {
  readonly name: string;
  readonly schema: z.ZodMiniType<T>;
  /** What is not known without the file, in one clause. */
  readonly unknown: string;
  /** What to do after the file was moved away, in one clause. */
  readonly next: string;
}

/** Every state file says `"version": 1`. */
const VERSION = 1;

/** Undefined if there is no such file. Throws `state-directory` if it is damaged or of a newer portfwd. */
export function readJsonState<T>(directory: string, state: JsonState<T>, ofTree = false): T | undefined {
  const text = readStateFile(directory, state.name, ofTree);
  if (text === undefined) return undefined;
  // No path and no argument has a null byte.
  const value = NULL_BYTE.test(text) ? undefined : jsonOf(text);
  const { success, data } = state.schema.safeParse(value);
  if (success && versionOf(value) === VERSION) return data;
  throw unreadable(join(directory, state.name), versionOf(value), state);
}

/** A null byte in JSON. Behind an escaped backslash, `u0000` is text. */
const NULL_BYTE = /(?<!\\)(?:\\\\)*\\u0000/;

/** Undefined if it is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const versionOf = (value: unknown): unknown => (value as { readonly version?: unknown } | null | undefined)?.version;

function unreadable(path: string, version: unknown, { unknown, next }: JsonState<unknown>): Failure {
  const isNewer = typeof version === 'number' && version > VERSION;
  return new Failure(
    'state-directory',
    `${path} ${isNewer ? 'was written by a newer portfwd' : 'is damaged'}: ${unknown}`,
    `${isNewer ? 'use that portfwd, or move the file away' : 'move the file away'} (${moveAway(path)}), then ${next}`,
  );
}
