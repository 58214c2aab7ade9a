import type { Host } from '../host/host.ts';
import { TABLE } from '../lower/lower.ts';
import { refuseForeign } from './refuse-foreign.ts';

/**
 * Takes our table out of the kernel. Sysctls go back first, while the guard of what they opened still stands.
 * Tells whether there was a table.
 */
export async function takeDown(directory: string, { nft, sysctl }: Host): Promise<boolean> {
  const table = await refuseForeign(nft);
  const remembered = Object.entries(sysctl.readRemembered(directory));
  for (const [path, value] of remembered.toReversed()) sysctl.write(path, value);
  if (table.kind === 'ours') await nft.load(REMOVAL);
  if (remembered.length > 0) sysctl.writeRemembered(directory, {});
  return table.kind === 'ours';
}

/** `add` before `delete`: the delete succeeds even where somebody else has just done it. */
export const REMOVAL = JSON.stringify({ nftables: [{ add: { table: TABLE } }, { delete: { table: TABLE } }] });
