import type { EmittedJson } from '../emit/json.ts';
import { Failure } from '../host/failure.ts';
import type { Host } from '../host/host.ts';
import { readKernelTable, type KernelTable } from './kernel-table.ts';
import { refuseForeign } from './refuse-foreign.ts';
import { planSysctls, type SysctlValue } from './sysctl-plan.ts';

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
  const was = adopt ? undefined : await refuseForeign(nft);
  const remembered = sysctl.readRemembered(directory);
  const plan = planSysctls(wanted, remembered, sysctl.read);
  const changes = plan.restore.length + plan.set.length > 0;
  if (changes) sysctl.writeRemembered(directory, { ...remembered, ...plan.remember });
  const undo = plan.restore.flatMap(([path]) => valueNow(path, sysctl.read));
  try {
    for (const [path, value] of plan.restore) sysctl.write(path, value);
    await load(emitted, was, nft);
  } catch (error) {
    for (const [path, value] of undo.toReversed()) sysctl.write(path, value);
    throw error;
  }
  for (const [path, value] of plan.set) sysctl.write(path, value);
  if (changes) sysctl.writeRemembered(directory, plan.remember);
}

/**
 * Believes the kernel rather than nft's exit code: the marker that is meant must be there. A nft that was killed
 * may have been done all the same, which shows where the marker was another before.
 */
async function load({ text, marker }: EmittedJson, was: KernelTable | undefined, nft: Host['nft']): Promise<void> {
  const isThere = async (): Promise<boolean> => isMarked(await readKernelTable(nft), marker);
  try {
    await nft.load(text);
  } catch (error) {
    if ((was !== undefined && isMarked(was, marker)) || !(await isThere().catch(() => false))) throw error;
    return;
  }
  if (await isThere()) return;
  throw new Failure(
    'not-loaded',
    'nft reported success, but the kernel does not hold the ruleset',
    'run portfwd status, then portfwd apply again',
  );
}

const isMarked = (table: KernelTable, marker: string): boolean => table.kind === 'ours' && table.marker === marker;

function valueNow(path: string, read: Host['sysctl']['read']): SysctlValue[] {
  const value = read(path);
  return value === undefined ? [] : [[path, value]];
}
