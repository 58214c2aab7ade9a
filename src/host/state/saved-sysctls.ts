import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { bootOf, thisNetwork } from './network.ts';
import { moveAway } from './move-away.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

/** Values of sysctls before portfwd changed them, by path. Valid until the next boot. */
export type SavedSysctls = Readonly<Record<string, string>>;

/** Lines `BOOT NETWORK PATH VALUE`, oldest first. The boot script /etc/portfwd/sysctls.sh reads and writes it too. */
export const SAVED_SYSCTLS_FILE = 'sysctls';

/** Entries of another boot or network namespace are ignored. */
export function readSaved(directory: string): SavedSysctls {
  const here = `${thisNetwork()} `;
  const values: Record<string, string> = {};
  for (const line of linesIn(directory)) {
    // An interface name cannot contain a space.
    const [path, value] = line.startsWith(here) ? line.slice(here.length).split(' ') : [];
    if (path !== undefined && value !== undefined && canBeSet(path, value)) values[path] ??= value;
  }
  return values;
}

/** Throws a Failure `state-directory` if a line cannot be read. */
export function inspectSaved(directory: string): void {
  if (readLines(directory).every((line) => LINE.test(line))) return;
  const path = join(directory, SAVED_SYSCTLS_FILE);
  throw new Failure(
    'state-directory',
    `${path} is damaged: it does not say of every sysctl which value it had before`,
    `run portfwd down, which restores the others, then move the file away (${moveAway(path)}) and compare sysctl -a with your settings`,
  );
}

const LINE = /^\S+ net:\[\d+\] net\/[^\s\0]+ \d+$/;

/** A damaged line must not stop `down`, nor lead out of /proc/sys/net. Every value that portfwd changes is a number. */
const canBeSet = (path: string, value: string): boolean =>
  path.startsWith('net/') && !path.includes('\0') && !path.split('/').includes('..') && /^\d+$/.test(value);

/** False if the directory was deleted, or if nothing ran since the boot. */
export const mayHaveSaved = (directory: string): boolean => existsSync(directory);

/** Lines of other network namespaces stay, those of other boots do not. If nothing changes, nothing is written. */
export function writeSaved(directory: string, values: SavedSysctls): void {
  const here = thisNetwork();
  const before = linesIn(directory);
  const lines = [
    ...before.filter((line) => bootOf(line) === bootOf(here) && !line.startsWith(`${here} `)),
    ...Object.entries(values).map(([path, value]) => `${here} ${path} ${value}`),
  ];
  if (lines.join('\n') === before.join('\n')) return;
  // This works on a full disk too.
  if (lines.length === 0) rmSync(join(directory, SAVED_SYSCTLS_FILE), { force: true });
  else writeStateFile(directory, SAVED_SYSCTLS_FILE, lines.map((line) => `${line}\n`).join(''));
}

/** None if the file cannot be used, which every command reports: it must not stop `down`. */
function linesIn(directory: string): string[] {
  try {
    return readLines(directory);
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}

const readLines = (directory: string): string[] =>
  (readStateFile(directory, SAVED_SYSCTLS_FILE) ?? '').split('\n').filter((line) => line !== '');
