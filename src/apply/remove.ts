import type { Host } from '../host/host.ts';
import { TABLE } from '../lower/lower.ts';
import { refuseForeign } from './kernel-table.ts';

export type Taken = 'forwards' | 'sysctls' | 'nothing';

/**
 * Takes our table out of the kernel. Sysctls go back first, while the guard of what they opened still stands.
 * Tells what there was: somebody may have flushed the table and left the sysctls.
 */
export async function takeDown(directory: string, { nft, sysctl }: Host): Promise<Taken> {
  const table = await refuseForeign(nft);
  const saved = Object.entries(sysctl.readSaved(directory));
  for (const [path, value] of [...saved].reverse()) sysctl.write(path, value);
  if (table.kind === 'ours') await nft.load(REMOVAL);
  if (saved.length > 0) sysctl.writeSaved(directory, {});
  if (table.kind === 'ours') return 'forwards';
  return saved.length > 0 ? 'sysctls' : 'nothing';
}

/** `add` before `delete`: the delete succeeds even where somebody else has just done it. */
export const REMOVAL = JSON.stringify({ nftables: [{ add: { table: TABLE } }, { delete: { table: TABLE } }] });
