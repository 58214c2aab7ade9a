import { join } from 'node:path';
import { statePaths } from '../../host/state/paths.ts';
import type { Context } from '../context.ts';

/** Where the forwards are loaded at boot: on this host, or on the host that a directory tree becomes. */
export interface BootTarget {
  /** Empty: this host. */
  readonly root: string;
  /** Where the record of the boot files is. */
  readonly stateDir: string;
  /** The file with the saved sysctls, by its path there. */
  readonly savedSysctlsPath: string;
  /** Where the values of the counters are saved, by its path there. */
  readonly countersDirectory: string;
}

export const thisHost = ({ host, state }: Context): BootTarget => ({
  root: '',
  stateDir: state.stateDir,
  savedSysctlsPath: join(state.runtimeDir, host.sysctl.savedFile),
  countersDirectory: state.stateDir,
});

/** The state of a tree is where portfwd looks for it by default once the tree is a host. */
export function hostInTree(directory: string, { host }: Context): BootTarget {
  const root = host.boot.findRoot(directory);
  const { stateDir, runtimeDir } = statePaths();
  return {
    root,
    stateDir: join(root, stateDir),
    savedSysctlsPath: join(runtimeDir, host.sysctl.savedFile),
    countersDirectory: stateDir,
  };
}
