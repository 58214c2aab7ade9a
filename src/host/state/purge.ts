import { lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { statePaths, type StatePaths } from './paths.ts';

/** The files that portfwd writes under the lock. The lock is removed last; tables saved by --adopt are kept. */
const OURS =
  /^\.?(?:history|applied\.json|sysctls(?:\.sh)?|boot\.json|enabled|window\.json|windows\.json|revert\.(?:sh|json|deadline))(?:\.new)?$/;

/**
 * Removes the state except the files in `kept`, and the default directories if they are empty then. Returns the paths of files that stay.
 */
export function purgeState(paths: StatePaths, kept: readonly string[]): string[] {
  const directories = [...new Set([paths.stateDir, paths.runtimeDir])].filter(
    (path) => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
  );
  for (const directory of directories)
    for (const name of readdirSync(directory).filter((one) => OURS.test(one) && !kept.includes(one)))
      rmSync(join(directory, name), { recursive: true });
  rmSync(join(paths.runtimeDir, 'lock'), { force: true });
  const own = Object.values(statePaths());
  return directories.flatMap((directory) => {
    const left = readdirSync(directory).map((name) => join(directory, name));
    if (left.length === 0 && own.includes(directory)) rmdirSync(directory);
    return left;
  });
}
