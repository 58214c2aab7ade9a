import { join, resolve } from 'node:path';

export interface StatePaths {
  /** Survives a reboot: history, pending change, record of the boot files. */
  readonly stateDir: string;
  /** Emptied at boot: lock, saved sysctls, the model that was loaded last. */
  readonly runtimeDir: string;
}

/** `--state-dir` replaces both. */
export const statePaths = (directory?: string): StatePaths =>
  directory === undefined
    ? { stateDir: '/var/lib/portfwd', runtimeDir: '/run/portfwd' }
    : { stateDir: resolve(directory), runtimeDir: resolve(directory) };

/** No other program uses it. A directory named with --state-dir may be there for something else: no command may change it. */
export const isOwnDirectory = (path: string): boolean => OWN.has(path);

const OWN: ReadonlySet<string> = new Set([...Object.values(statePaths()), join(statePaths().stateDir, 'history')]);
