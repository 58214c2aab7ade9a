import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { networkLock } from './lock.ts';
import { statePaths, type StatePaths } from './paths.ts';

/** The files that portfwd writes under the lock. The locks are removed last; tables saved by --adopt are kept. */
const OURS =
  /^\.?(?:history|applied\.json|notes\.json|counters\.json|counters-[\w-]+\.listing|sysctls(?:\.sh)?|boot\.json|enabled|window\.json|windows\.json|revert(?:-guard)?\.(?:sh|json|deadline))(?:\.new)?$/;

export interface Purged {
  /** The paths of other files in the directories. */
  readonly left: readonly string[];
  /** What could not be removed, and why: the code of a system error. */
  readonly stuck: readonly { readonly path: string; readonly code: string }[];
}

/** Removes the state except the files in `kept`, and the default directories if they are empty then. */
export function purgeState(paths: StatePaths, kept: readonly string[]): Purged {
  const own = Object.values(statePaths());
  const directories = [...new Set([paths.stateDir, paths.runtimeDir])].filter(isDirectory);
  const ours = directories
    .filter((directory) => own.includes(directory) || wasUsed(directory))
    .flatMap((directory) =>
      readdirSync(directory)
        .filter((name) => OURS.test(name) && !kept.includes(name))
        .map((name) => join(directory, name)),
    );
  const stuck = [...ours, join(paths.runtimeDir, 'lock'), networkLock()].flatMap(removeAll);
  const left = directories.flatMap((directory) => {
    const names = readdirSync(directory).map((name) => join(directory, name));
    if (names.length === 0 && own.includes(directory)) rmdirSync(directory);
    return names;
  });
  return { left: left.filter((path) => !ours.includes(path)), stuck };
}

const isDirectory = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * The directory of `--state-dir` may have been named by mistake, and hold files of other programs with such names. portfwd
 * writes a generation with each change.
 */
const wasUsed = (directory: string): boolean =>
  isDirectory(join(directory, 'history')) &&
  readdirSync(join(directory, 'history')).some((name) => /^\d{6}\.json$/.test(name));

/** Everything in it that can be removed. A link is removed, and not what it points to. */
function removeAll(path: string): Purged['stuck'] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  const inside = found.isDirectory() ? readdirSync(path).flatMap((name) => removeAll(join(path, name))) : [];
  if (inside.length > 0) return inside;
  try {
    if (found.isDirectory()) rmdirSync(path);
    else unlinkSync(path);
    return [];
  } catch (error) {
    return [{ path, code: (error as NodeJS.ErrnoException).code ?? String(error) }];
  }
}
