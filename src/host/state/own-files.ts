import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readRegularFile } from '../files/regular-file.ts';
import { statePaths } from './paths.ts';

/** The files that portfwd writes under the lock. Tables saved by --adopt are not among them: they are kept. */
const NAMES =
  /^\.?(?:applied\.json|notes\.json|counters\.json|counters-[\w-]+\.listing|sysctls(?:\.sh)?|boot\.json|enabled|window\.json|windows\.json|revert(?:-guard)?\.(?:sh|json|deadline))(?:\.new)?$/;

const IN_HISTORY = /^\.?\d{6,}\.(?:json|yaml)(?:\.new)?$/;

/** How files begin that only portfwd writes. */
const BEGINNINGS: Readonly<Record<string, RegExp>> = {
  enabled: /^[\da-f-]{36} net:\[\d+\]\n/,
  sysctls: /^[\da-f-]{36} net:\[\d+\] net\//,
  'applied.json': /^\{"version":\d+,"marker":"pf_gen_/,
  'boot.json': /^\{"version":\d+,"marker":"pf_gen_/,
  'counters.json': /^\{"version":\d+,"sums":\{/,
  'windows.json': /^\{"version":\d+,"ended":\[/,
  'window.json': /^\{"version":\d+,"id":"/,
};
const LOCK = /^\{"pid":\d+,"user":"/;
const GENERATION = /^\{"version":\d+,.*"marker":"pf_gen_/;

/** Something shows that portfwd used the directory. Files of another program can have the same names. */
export const isStateDirectory = (directory: string): boolean =>
  Object.values(statePaths()).includes(directory) ||
  isOwnLock(join(directory, 'lock')) ||
  Object.entries(BEGINNINGS).some(([name, beginning]) => beginning.test(beginningOf(join(directory, name)))) ||
  generationsIn(directory).some((path) => GENERATION.test(beginningOf(path)));

/** Written by `writeHolder`. */
export const isOwnLock = (path: string): boolean => LOCK.test(beginningOf(path));

/** The paths of what portfwd wrote in a state directory, damaged or not. */
export const ownFiles = (directory: string): string[] =>
  [...pathsIn(directory, NAMES), ...generationsIn(directory)].filter((path) => !isOfAnother(path));

/** A file of another program stays. */
export function removeOwn(directory: string, name: string): void {
  const path = join(directory, name);
  if (!isOfAnother(path)) rmSync(path, { force: true });
}

const generationsIn = (directory: string): string[] => pathsIn(join(directory, 'history'), IN_HISTORY);

const pathsIn = (directory: string, names: RegExp): string[] =>
  namesIn(directory)
    .filter((name) => names.test(name))
    .map((name) => join(directory, name));

export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** portfwd writes regular files only, and each of its JSON files says its version, except for rulesets and a list of notes. */
function isOfAnother(path: string): boolean {
  const text = textOf(path);
  if (text === undefined) return true;
  if (!path.endsWith('.json')) return false;
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return !value.every((note) => typeof note === 'string');
    const { version, nftables } = Object(value) as { readonly version?: unknown; readonly nftables?: unknown };
    return typeof version !== 'number' && !Array.isArray(nftables);
  } catch {
    return false;
  }
}

const beginningOf = (path: string): string => (textOf(path) ?? '').slice(0, 4096);

function textOf(path: string): string | undefined {
  try {
    return readRegularFile(path, { noLinks: true }).toString('utf8');
  } catch {
    return undefined;
  }
}
