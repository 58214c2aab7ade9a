import { join } from 'node:path';
import type { Context } from '../context.ts';
import type { KernelTable } from '../read/kernel-table.ts';

export interface BootState {
  readonly enabled: boolean;
  /** Why the next boot would not load what is loaded now. */
  readonly problems: readonly string[];
}

/** A pending change is not meant to be loaded at boot. */
export function bootState(table: KernelTable, { host, state: { stateDir } }: Context): BootState {
  const record = host.boot.read(stateDir);
  if (record === undefined) return { enabled: false, problems: [] };
  const files = host.boot.state('', record).flatMap(({ path, state }) => {
    if (state === 'ours') return [];
    return `${join('/', path)} ${state === 'missing' ? 'is missing' : 'is not as portfwd wrote it'}`;
  });
  const other = table.kind === 'ours' && table.marker !== record.marker && host.pending.read(stateDir) === undefined;
  return {
    enabled: true,
    problems: [...files, ...(other ? ['the boot files load another ruleset than the one that is loaded now'] : [])],
  };
}
