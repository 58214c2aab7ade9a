import { lstatSync, mkdirSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../../../failure/failure.ts';
import { moveAway } from '../move-away.ts';
import { statePaths, type StatePaths } from '../paths.ts';

/** Throws `state-directory` if something else than a directory is in the way of the state directories. Creates nothing. */
export function requireDirectories({ stateDir, runtimeDir }: StatePaths): void {
  for (const path of new Set([stateDir, runtimeDir])) requireDirectory(path);
}

/** `path` is a directory, or nothing is there yet. */
export function requireDirectory(path: string): void {
  const found = [...withAbove(path)].reverse().map(obstacleAt).find(isKnown);
  if (found === undefined) return;
  const name = found.path === path ? 'it' : found.path;
  // A command must not move away what another program needs, such as a file that was named by mistake.
  const own = Object.values(statePaths()).includes(found.path);
  throw new Failure(
    'state-directory',
    `the state directory ${path} cannot be used: ${name} is ${found.kind}`,
    own
      ? `look at it, then move it away: ${moveAway(found.path)}`
      : 'name a directory with --state-dir (or PORTFWD_STATE_DIR)',
  );
}

/**
 * Creates the directory and those above it, with mode 0700. Not with the `recursive` of mkdirSync: below /proc, where nothing
 * can be created, that never returns (Node 20).
 */
export function makeDirectories(path: string): void {
  for (const part of [...withAbove(path)].reverse())
    if (statSync(part, { throwIfNoEntry: false }) === undefined) makeOne(part);
}

function makeOne(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another run of portfwd was faster
  }
}

/** The path, and all directories above it. */
export const withAbove = (path: string): readonly string[] =>
  path === dirname(path) ? [path] : [path, ...withAbove(dirname(path))];

interface Obstacle {
  readonly path: string;
  readonly kind: string;
}

const isKnown = (found: Obstacle | undefined): found is Obstacle => found !== undefined;

function obstacleAt(path: string): Obstacle | undefined {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined || found.isDirectory()) return undefined;
    const target = found.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : found;
    if (target?.isDirectory() === true) return undefined;
    return { path, kind: target === undefined ? 'a symbolic link to nothing' : kindOf(target) };
  } catch (error) {
    const loops = (error as NodeJS.ErrnoException).code === 'ELOOP';
    return loops ? { path, kind: 'a symbolic link that points back to itself' } : undefined;
  }
}

function kindOf(found: Stats): string {
  if (found.isFile()) return 'a file';
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : 'a device';
}
