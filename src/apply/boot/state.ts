import { join } from 'node:path';
import type { KernelTable } from '../kernel-table.ts';
import { bootTarget } from './target.ts';
import type { StateOptions, World } from '../context.ts';

export interface BootState {
  readonly enabled: boolean;
  /** Why the next boot would not bring what is loaded now. */
  readonly problems: readonly string[];
}

/** What is loaded for now is not meant to come back. */
export function bootState(table: KernelTable, options: StateOptions, world: World): BootState {
  const { host } = world;
  const { root, stateDir } = bootTarget(options, world);
  const record = host.boot.read(stateDir);
  if (record === undefined) return { enabled: false, problems: [] };
  const files = host.boot.state(root, record).flatMap(({ path, state }) => {
    if (state === 'ours') return [];
    return `${join('/', path)} ${state === 'missing' ? 'is missing' : 'is not as portfwd wrote it'}`;
  });
  const other = table.kind === 'ours' && table.marker !== record.marker && host.pending.read(stateDir) === undefined;
  return {
    enabled: true,
    problems: [...files, ...(other ? ['it would load another ruleset than is loaded now'] : [])],
  };
}
