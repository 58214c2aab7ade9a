import type { EmittedJson } from '../emit/json.ts';
import { Failure } from '../host/failure.ts';
import type { Host } from '../host/host.ts';
import { readKernelTable } from './kernel-table.ts';
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
  if (!adopt) await refuseForeign(nft);
  const remembered = sysctl.readRemembered(directory);
  const plan = planSysctls(wanted, remembered, sysctl.read);
  const changes = plan.restore.length + plan.set.length > 0;
  if (changes) sysctl.writeRemembered(directory, { ...remembered, ...plan.remember });
  const undo = plan.restore.flatMap(([path]) => valueNow(path, sysctl.read));
  for (const [path, value] of plan.restore) sysctl.write(path, value);
  try {
    await load(emitted, nft);
  } catch (error) {
    for (const [path, value] of undo.toReversed()) sysctl.write(path, value);
    throw error;
  }
  for (const [path, value] of plan.set) sysctl.write(path, value);
  if (changes) sysctl.writeRemembered(directory, plan.remember);
}

/** Believes the kernel rather than nft's exit code: the marker that was meant must be there. */
async function load({ text, marker }: EmittedJson, nft: Host['nft']): Promise<void> {
  await nft.load(text);
  const table = await readKernelTable(nft);
  if (table.kind === 'ours' && table.marker === marker) return;
  throw new Failure(
    'not-loaded',
    'nft reported success, but the kernel does not hold the ruleset',
    'run portfwd status, then portfwd apply again',
  );
}

function valueNow(path: string, read: Host['sysctl']['read']): SysctlValue[] {
  const value = read(path);
  return value === undefined ? [] : [[path, value]];
}
