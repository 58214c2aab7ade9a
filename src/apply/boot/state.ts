import { join } from 'node:path';
import type { Context } from '../context.ts';
import { holdsOneOf, type KernelTable } from '../read/kernel-table.ts';
import { enabledHere } from './enabled-here.ts';

export interface BootState {
  readonly enabled: boolean;
  /** Why the next boot would not load what is loaded now. */
  readonly problems: readonly BootProblem[];
}

interface BootProblem {
  readonly message: string;
  readonly remedy: string;
}

/** A pending change is not meant to be loaded at boot. `enable`: the command that writes the boot files. */
export function bootState(table: KernelTable, ctx: Context, enable = 'portfwd enable'): BootState {
  const {
    host,
    state: { stateDir },
  } = ctx;
  const record = enabledHere(ctx);
  if (record === undefined) return { enabled: false, problems: [] };
  const files = host.boot.state('', record).flatMap(({ path, state }) => {
    const full = join('/', path);
    if (state === 'ours') return [];
    return state === 'missing'
      ? { message: `${full} is missing`, remedy: `run: ${enable}` }
      : changed(full, host, enable);
  });
  const other = table.kind === 'ours' && !holdsOneOf(table, record) && host.pending.read(stateDir) === undefined;
  return { enabled: true, problems: other ? [...files, otherRuleset(enable)] : files };
}

const otherRuleset = (enable: string): BootProblem => ({
  message: 'the boot files load another ruleset than the one that is loaded now',
  remedy: `run: ${enable}`,
});

/** `enable` does not overwrite it. */
const changed = (path: string, { boot }: Context['host'], enable: string): BootProblem => ({
  message: `${path} is not as portfwd wrote it`,
  remedy: `look at it; if it is not needed, run: ${boot.moveToRoot(path)}; then run: ${enable}`,
});
