import type { EmittedJson } from '../emit/json.ts';
import { Failure } from '../failure/failure.ts';
import type { Host } from '../host/host.ts';
import type { SavedSysctls } from '../host/state/sysctl.ts';
import { readKernelTable, type KernelTable, refuseForeign } from './kernel-table.ts';
import { planSysctls, type SysctlValue } from './sysctls/plan.ts';

/**
 * Brings the kernel to a ruleset and the sysctls it needs. A sysctl that opens something is on only while
 * the guard stands that the ruleset brings along: off before the load, on after it, and the value to go
 * back to is on disk before either. Killed anywhere in between, what is open is guarded.
 */
export async function replace(
  emitted: EmittedJson,
  wanted: readonly SysctlValue[],
  directory: string,
  { nft, sysctl }: Host,
  adopt = false,
): Promise<void> {
  if (!adopt) await refuseForeign(nft);
  const saved = sysctl.readSaved(directory);
  const plan = planSysctls(wanted, saved, sysctl.read);
  const changes = plan.restore.length + plan.set.length > 0;
  if (changes) sysctl.writeSaved(directory, { ...saved, ...plan.remember });
  const undo = plan.restore.flatMap(([path]) => valueNow(path, sysctl.read));
  try {
    for (const [path, value] of plan.restore) sysctl.write(path, value);
    await load(emitted, nft);
  } catch (error) {
    // Loaded all the same: whoever undoes that brings the sysctls back behind their guard.
    if (!(await mayHold(emitted.marker, nft)))
      for (const [path, value] of [...undo].reverse()) sysctl.write(path, value);
    throw error;
  }
  for (const [path, value] of plan.set) sysctl.write(path, value);
  // Also where nothing changes: a run that was killed here has left the rest to the next one.
  if (!isEmpty(saved) || !isEmpty(plan.remember)) sysctl.writeSaved(directory, plan.remember);
}

/** Believes the kernel rather than nft's exit code: the marker that was meant must be there. */
async function load({ text, marker }: EmittedJson, nft: Host['nft']): Promise<void> {
  await nft.load(text);
  if (holds(await readKernelTable(nft), marker)) return;
  throw new Failure(
    'not-loaded',
    'nft reported success, but the kernel does not hold the ruleset',
    'run portfwd status, then portfwd apply again',
  );
}

const isEmpty = (values: SavedSysctls): boolean => Object.keys(values).length === 0;

const holds = (table: KernelTable, marker: string): boolean => table.kind === 'ours' && table.marker === marker;

/** A nft that was killed, or ended with an error, may have been done. True where nobody can tell. */
const mayHold = async (marker: string, nft: Host['nft']): Promise<boolean> =>
  readKernelTable(nft).then(
    (table) => holds(table, marker),
    () => true,
  );

function valueNow(path: string, read: Host['sysctl']['read']): SysctlValue[] {
  const value = read(path);
  return value === undefined ? [] : [[path, value]];
}
