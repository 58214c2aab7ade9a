import { lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { statePaths, type StatePaths } from './paths.ts';

/** All that portfwd ever writes there, under the lock, which goes last. A saved table of somebody else's does not. */
const OURS =
  /^\.?(?:history|applied\.json|sysctls|boot\.json|window\.json|windows\.json|revert\.(?:sh|json))(?:\.new)?$/;

/**
 * Removes the state, and the directories where they are portfwd's own and nothing else is in them. Returns what
 * stays.
 */
export function purgeState(paths: StatePaths): string[] {
  const directories = [...new Set([paths.stateDir, paths.runtimeDir])].filter(
    (path) => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
  );
  for (const directory of directories)
    for (const name of readdirSync(directory).filter((one) => OURS.test(one)))
      rmSync(join(directory, name), { recursive: true });
  rmSync(join(paths.runtimeDir, 'lock'), { force: true });
  const own = Object.values(statePaths());
  return directories.flatMap((directory) => {
    const left = readdirSync(directory).map((name) => join(directory, name));
    if (left.length === 0 && own.includes(directory)) rmdirSync(directory);
    return left;
  });
}
