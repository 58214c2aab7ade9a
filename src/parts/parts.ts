import { basename, dirname, join } from 'node:path';
import * as z from 'zod/mini';

/** One of the files that are a model together: the main file, whose name is empty, or one in its directory. */
export interface Part {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const MAIN = '';

/** For /etc/portfwd/portfwd.yaml this is /etc/portfwd/portfwd.d. */
export const partsDirectory = (file: string): string => `${file.replace(ENDING, '')}.d`;

export const partPath = (file: string, name: string): string =>
  name === MAIN ? file : join(partsDirectory(file), name);

/** Neither hidden files, such as those that an editor or portfwd is writing, nor copies such as web.yaml~. */
export const isPartName = (name: string): boolean => ENDING.test(name) && !name.startsWith('.') && !name.includes('/');

const ENDING = /\.(?:yaml|yml|json)$/;

/** The name of the file that a user typed: a name, or a path. Undefined: it is not a file of this model. */
export function partNamed(file: string, typed: string): string | undefined {
  if (typed === file || typed === basename(file)) return MAIN;
  const name = basename(typed);
  const isThere = typed === name || dirname(join(typed)) === join(partsDirectory(file));
  return isThere && isPartName(name) ? name : undefined;
}

/**
 * All files of a model as one sequence of bytes, which the state, the history and an edit have in place of the text of the
 * one file. The main file alone is as it is.
 */
export function packParts(main: Uint8Array, parts: readonly Part[]): Uint8Array {
  if (parts.length === 0 && packed(main) === undefined) return main;
  const all = [{ name: MAIN, bytes: main }, ...parts];
  const head = `${MARK}${JSON.stringify(all.map(({ name, bytes }) => [name, bytes.length]))}\n`;
  return Buffer.concat([Buffer.from(head), ...all.map(({ bytes }) => bytes)]);
}

/** The main file first. Bytes that `packParts` did not make are a main file. */
export const unpackParts = (bytes: Uint8Array): readonly [Part, ...Part[]] => packed(bytes) ?? [{ name: MAIN, bytes }];

/** Undefined: `packParts` did not make it. A file can begin with the same line. */
function packed(bytes: Uint8Array): readonly [Part, ...Part[]] | undefined {
  const end = hasMark(bytes) ? bytes.indexOf(LINE_FEED) : -1;
  const list = end === -1 ? undefined : listIn(Buffer.from(bytes.subarray(MARK.length, end)).toString());
  if (list === undefined) return undefined;
  let at = end + 1;
  const [main, ...parts] = list.map(([name, length]) => ({ name, bytes: bytes.subarray(at, (at += length)) }));
  const isWhole = at === bytes.length && parts.every(({ name }) => isPartName(name));
  return main?.name === MAIN && isWhole ? [main, ...parts] : undefined;
}

function listIn(text: string): readonly (readonly [string, number])[] | undefined {
  try {
    return listSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const listSchema = z.array(z.tuple([z.string(), z.int().check(z.nonnegative())]));

/** A comment of YAML, so that a file of the history can be read by a person. */
const MARK = '#portfwd-files ';
const LINE_FEED = 10;

const hasMark = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MARK.length)).toString('latin1') === MARK;

/** The same files, with other bytes of one. Undefined: without it. */
export function withPart(model: Uint8Array | undefined, part: Part): Uint8Array {
  const [main, ...parts] = model === undefined ? [{ name: MAIN, bytes: EMPTY }] : unpackParts(model);
  if (part.name === MAIN) return packParts(part.bytes, parts);
  const others = parts.filter(({ name }) => name !== part.name);
  const all = [...others, part].sort((one, other) => (one.name < other.name ? -1 : 1));
  return packParts(main.bytes, all);
}

/** The main file of a model that has only other files. */
const EMPTY = new TextEncoder().encode('version: 1\nforwards: []\n');

/** A file that a change writes or removes. */
export interface ChangedPart {
  readonly path: string;
  /** Undefined: it is removed. */
  readonly text: Uint8Array | undefined;
  /** Undefined: there is none yet. */
  readonly was: Uint8Array | undefined;
}

export function changedParts(file: string, text: Uint8Array, was: Uint8Array | undefined): readonly ChangedPart[] {
  const [after, before] = [byName(text), was === undefined ? new Map<string, Uint8Array>() : byName(was)];
  return [...new Set([...after.keys(), ...before.keys()])]
    .map((name) => ({ path: partPath(file, name), text: after.get(name), was: before.get(name) }))
    .filter((part) => part.text === undefined || part.was === undefined || Buffer.compare(part.text, part.was) !== 0);
}

const byName = (model: Uint8Array): ReadonlyMap<string, Uint8Array> =>
  new Map(unpackParts(model).map(({ name, bytes }) => [name, bytes]));
