import { join } from 'node:path';
import { statePathsOf, type StateOptions, type World } from '../context.ts';

export interface BootOptions extends StateOptions {
  /** The tree of another host. */
  readonly root?: string;
}

/** Where the forwards are to come back at boot: on this host, or in a tree that is going to be one. */
export interface BootTarget {
  /** Empty: this host. */
  readonly root: string;
  /** Where the record of it is. */
  readonly stateDir: string;
  /** The file in which the sysctls are remembered, by its path there. */
  readonly savedSysctlsPath: string;
}

/** In a tree, state is where its own portfwd is going to look for it. */
export function bootTarget(options: BootOptions, world: World): BootTarget {
  const root = options.root === undefined ? '' : world.host.boot.findRoot(options.root);
  const { stateDir, runtimeDir } = statePathsOf(
    root === '' ? options : {},
    root === '' ? world : { ...world, env: {} },
  );
  return { root, stateDir: join(root, stateDir), savedSysctlsPath: join(runtimeDir, world.host.sysctl.savedFile) };
}
