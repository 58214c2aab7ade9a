import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readStateFile, writeStateFile } from './state-file.ts';
import { inspectDirectory } from './paths.ts';

/** A model that was loaded and, where there was a window, confirmed. */
export interface Generation {
  readonly number: number;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly user: string;
  /** What was typed, without options: `add 6000 192.168.0.2:5000`. */
  readonly command: string;
  /** The file it came from. */
  readonly file: string;
  /** Of the ruleset that it made on that day. */
  readonly marker: string;
  readonly forwards: number;
  /** It was loaded with --enable-forwarding, which the file does not say. */
  readonly enableForwarding?: boolean;
}

/** Older ones are removed. */
const KEPT = 100;

const directoryOf = (stateDir: string): string => join(stateDir, 'history');

/** Throws a Failure `state-directory` where no generation could be recorded; records none. */
export const inspectHistory = (stateDir: string): void => inspectDirectory(directoryOf(stateDir));

/** Oldest first. What cannot be read is left out: a generation exists when its `.json` does. */
export function listHistory(stateDir: string): readonly Generation[] {
  const directory = directoryOf(stateDir);
  return numbersIn(directory).flatMap((number) => readAbout(directory, number));
}

export function newestGeneration(stateDir: string): Generation | undefined {
  const directory = directoryOf(stateDir);
  return numbersIn(directory)
    .slice(-1)
    .flatMap((number) => readAbout(directory, number))[0];
}

/** The model of a generation, as the file was. Undefined when there is no such generation. */
export function readGeneration(stateDir: string, number: number): Uint8Array | undefined {
  try {
    return readFileSync(join(directoryOf(stateDir), `${padded(number)}.yaml`));
  } catch {
    return undefined;
  }
}

/** The text first: a generation that was cut short does not exist. */
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
  for (const old of numbers.slice(0, Math.max(0, numbers.length + 1 - KEPT))) forgetGeneration(stateDir, old);
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

function readAbout(directory: string, number: number): Generation[] {
  try {
    const text = readStateFile(directory, `${padded(number)}.json`) ?? '{}';
    const { version, ...about } = JSON.parse(text) as { version?: unknown } & Omit<Generation, 'number'>;
    return version === 1 ? [{ ...about, number }] : [];
  } catch {
    return [];
  }
}
