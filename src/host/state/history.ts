import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readStateBytes, readStateFile, writeStateFile } from './state-file.ts';
import { inspectDirectory } from './paths.ts';

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
  readonly enableForwarding?: boolean;
}

/** Older generations are deleted. */
const MAX_GENERATIONS = 100;

const directoryOf = (stateDir: string): string => join(stateDir, 'history');

/** Throws `state-directory` if a generation could not be recorded. Changes nothing. */
export const inspectHistory = (stateDir: string): void => inspectDirectory(directoryOf(stateDir));

/** Oldest first. A generation exists if its `.json` does; unreadable ones are left out. */
export function listHistory(stateDir: string): readonly Generation[] {
  const directory = directoryOf(stateDir);
  return numbersIn(directory).flatMap((number) => readEntry(directory, number));
}

export function newestGeneration(stateDir: string): Generation | undefined {
  const directory = directoryOf(stateDir);
  return numbersIn(directory)
    .slice(-1)
    .flatMap((number) => readEntry(directory, number))[0];
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
      .flatMap((name) => (/^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : []))
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

const padded = (number: number): string => `${number}`.padStart(6, '0');

function readEntry(directory: string, number: number): Generation[] {
  try {
    const text = readStateFile(directory, `${padded(number)}.json`) ?? '{}';
    const { version, ...about } = JSON.parse(text) as { version?: unknown } & Omit<Generation, 'number'>;
    return version === 1 ? [{ ...about, number }] : [];
  } catch {
    return [];
  }
}
