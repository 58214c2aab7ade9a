import { MARKER_PREFIX } from '../emit/json.ts';
import type { Nft } from '../host/nft.ts';
import { TABLE } from '../lower/lower.ts';

/** What the kernel holds under our table's name: nothing, somebody else's, or ours with the marker of its ruleset. */
export type KernelTable =
  | { readonly kind: 'missing' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'ours'; readonly marker: string };

export async function readKernelTable(nft: Nft): Promise<KernelTable> {
  const names = await nft.chainNames(TABLE.name);
  if (names === undefined) return { kind: 'missing' };
  const marker = names.find((name) => name.startsWith(MARKER_PREFIX));
  return marker === undefined ? { kind: 'foreign' } : { kind: 'ours', marker };
}
