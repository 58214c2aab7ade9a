import { lstatSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { networkLock } from './lock.ts';
import { isOwnLock, namesIn, ownFiles } from './own-files.ts';
import { statePaths, type StatePaths } from './paths.ts';

export interface Purged {
  /** The paths of other files in the directories. */
  readonly left: readonly string[];
  /** What could not be removed, and why: the code of a system error. */
  readonly stuck: readonly { readonly path: string; readonly code: string }[];
}

/**
 * Removes what portfwd wrote in the state directories, except the files in `kept`. The directories go too if they are empty
 * then, and have the default paths. The locks are removed last.
 */
export function purgeState(paths: StatePaths, kept: readonly string[]): Purged {
  const directories = directoriesOf(paths);
  const ours = directories.flatMap((directory) =>
    ownFiles(directory).filter((path) => !kept.some((name) => path === join(directory, name))),
  );
  const stuck = [...ours.flatMap(remove), ...removeLocks(paths)];
  for (const directory of directories) removeIfEmpty(join(directory, 'history'));
  const left = directories.flatMap((directory) => leftIn(directory).filter((path) => !ours.includes(path)));
  for (const directory of Object.values(statePaths()).filter((path) => directories.includes(path)))
    removeIfEmpty(directory);
  return { left, stuck };
}

/** The locks that this run made in a directory of another program. */
export const removeLocks = ({ runtimeDir }: StatePaths): Purged['stuck'] =>
  [join(runtimeDir, 'lock')].filter(isOwnLock).concat(networkLock()).flatMap(remove);

const directoriesOf = ({ stateDir, runtimeDir }: StatePaths): string[] => [...new Set([stateDir, runtimeDir])];

/** Also in the history, which can have files of others. */
const leftIn = (directory: string): string[] =>
  namesIn(directory).flatMap((name) => {
    const inside = name === 'history' ? namesIn(join(directory, name)) : [];
    return inside.length === 0 ? [join(directory, name)] : inside.map((one) => join(directory, name, one));
  });

function remove(path: string): Purged['stuck'] {
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) unlinkSync(path);
    return [];
  } catch (error) {
    return [{ path, code: (error as NodeJS.ErrnoException).code ?? String(error) }];
  }
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // There is none, it is not empty, or it cannot be removed. What is in it is named.
  }
}
