import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import * as z from 'zod/mini';
import { readJsonState } from './json-state.ts';
import { readStateBytes, writeStateFile } from './state-file.ts';
import { requireDirectory } from './directory/obstacle.ts';
import { inspectDirectory } from './directory/state-directory.ts';

/** A model that was loaded and, with --confirm, confirmed. */
export interface Generation {
  readonly number: number;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly user: string;
  /** The command without its options: `add 6000 192.168.0.2:5000`. */
  readonly command: string;
  /** The path of the model file. */
  readonly file: string;
  /** Of the ruleset that was loaded then; another version of portfwd may make another ruleset of the same model. */
  readonly marker: string;
  readonly forwards: number;
  /** Loaded with --enable-forwarding, which is not in the file. */
  readonly enableForwarding?: boolean | undefined;
  /** Of the model. Undefined: an older portfwd wrote this generation. */
  readonly digest?: string | undefined;
  /** What the file called itself. */
  readonly revision?: string | undefined;
}

/** Older generations are deleted. */
const MAX_GENERATIONS = 100;

const directoryOf = (stateDir: string): string => join(stateDir, 'history');

/** Throws `state-directory` if a generation could not be recorded. Changes nothing. */
export const inspectHistory = (stateDir: string): void => inspectDirectory(directoryOf(stateDir));

/** Throws `state-directory` if something else than a directory is in the place of the history. */
export const requireHistory = (stateDir: string): void => requireDirectory(directoryOf(stateDir));

/** Oldest first. A generation exists if its `.json` does; damaged ones are left out. */
export const listHistory = (stateDir: string): readonly Generation[] => readHistory(stateDir).generations;

interface History {
  readonly generations: readonly Generation[];
  /** Why entries are left out. */
  readonly damaged: readonly Failure[];
}

export function readHistory(stateDir: string): History {
  const directory = directoryOf(stateDir);
  const entries = numbersIn(directory).map((number) => readEntry(directory, number));
  return {
    generations: entries.filter((entry): entry is Generation => entry !== undefined && !(entry instanceof Failure)),
    damaged: entries.filter((entry) => entry instanceof Failure),
  };
}

export function newestGeneration(stateDir: string): Generation | undefined {
  const directory = directoryOf(stateDir);
  const number = numbersIn(directory).at(-1);
  const entry = number === undefined ? undefined : readEntry(directory, number);
  return entry instanceof Failure ? undefined : entry;
}

/** The model file of a generation, byte by byte. Undefined if there is no such generation. */
export function readGeneration(stateDir: string, number: number): Uint8Array | undefined {
  try {
    return readStateBytes(directoryOf(stateDir), `${padded(number)}.yaml`);
  } catch {
    return undefined;
  }
}

/** Writes the `.yaml` first: if the run is killed in between, the generation does not exist. */
export function recordGeneration(
  stateDir: string,
  model: Uint8Array,
  about: Omit<Generation, 'number' | 'time'>,
): number {
  const directory = directoryOf(stateDir);
  const numbers = numbersIn(directory);
  const number = (numbers.at(-1) ?? 0) + 1;
  writeStateFile(directory, `${padded(number)}.yaml`, model);
  writeStateFile(
    directory,
    `${padded(number)}.json`,
    `${JSON.stringify({ version: 1, ...about, time: new Date().toISOString() })}\n`,
  );
  for (const old of numbers.slice(0, Math.max(0, numbers.length + 1 - MAX_GENERATIONS)))
    forgetGeneration(stateDir, old);
  return number;
}

export function forgetGeneration(stateDir: string, number: number): void {
  for (const ending of ['json', 'yaml'])
    rmSync(join(directoryOf(stateDir), `${padded(number)}.${ending}`), { force: true });
}

function numbersIn(directory: string): number[] {
  try {
    return readdirSync(directory)
      .flatMap((name) => {
        const number = Number.parseInt(name, 10);
        return name === `${padded(number)}.json` ? [number] : [];
      })
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

const padded = (number: number): string => `${number}`.padStart(6, '0');

const SCHEMA = z.object({
  time: z.string(),
  user: z.string(),
  command: z.string(),
  file: z.string(),
  marker: z.string(),
  forwards: z.number(),
  enableForwarding: z.optional(z.boolean()),
  digest: z.optional(z.string()),
  revision: z.optional(z.string()),
});

/** A failure if the file is damaged; undefined if it has gone since. */
function readEntry(directory: string, number: number): Generation | Failure | undefined {
  const state = {
    name: `${padded(number)}.json`,
    schema: SCHEMA,
    unknown: `generation ${number} is left out`,
    next: 'portfwd history lists the others',
  };
  try {
    const about = readJsonState(directory, state);
    return about && { number, ...about };
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
