import { existsSync, lstatSync, mkdirSync, statfsSync, statSync, type Stats } from 'node:fs';
import { Failure } from '../../../failure/failure.ts';
import { withAbove } from '../../files/with-above.ts';
import { moveAway } from '../move-away.ts';
import { isOwnDirectory, type StatePaths } from '../paths.ts';

/** Throws `state-directory` if something else than a directory is in the way of the state directories. Creates nothing. */
export function requireDirectories({ stateDir, runtimeDir }: StatePaths): void {
  for (const path of new Set([stateDir, runtimeDir])) requireDirectory(path);
}

/** `path` is a directory, or nothing is there yet. */
export function requireDirectory(path: string): void {
  const found = [...withAbove(path)].reverse().map(obstacleAt).find(isKnown);
  if (found === undefined) return refuseKernelFiles(path);
  const name = found.path === path ? 'it' : found.path;
  // A command must not move away what another program needs, such as a file that was named by mistake.
  const own = isOwnDirectory(found.path);
  throw new Failure(
    'state-directory',
    `the state directory ${path} cannot be used: ${name} is ${found.kind}`,
    own ? `look at it, then move it away: ${moveAway(found.path)}` : ANOTHER,
  );
}

const ANOTHER = 'name a directory with --state-dir (or PORTFWD_STATE_DIR)';

/** Root can create none there either. */
function refuseKernelFiles(path: string): void {
  const nearest = withAbove(path).find((part) => existsSync(part)) ?? '/';
  if (!KERNEL_TYPES.has(statfsSync(nearest).type)) return;
  throw new Failure(
    'state-directory',
    `the state directory ${path} cannot be used: the kernel makes the files there, and keeps no others`,
    ANOTHER,
  );
}

/** statfs(2): proc, sysfs, cgroup, cgroup2, debugfs, tracefs, securityfs, bpf, devpts. */
const KERNEL_TYPES: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0xcafe4a11, 0x1cd1,
]);

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
