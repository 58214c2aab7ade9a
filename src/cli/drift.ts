import type { EmittedJson } from '../emit/json.ts';
import { MARKER_PREFIX } from '../emit/json.ts';
import type { Listed, Nft } from '../host/nft.ts';
import { TABLE } from '../lower/lower.ts';
import { compareObjects } from '../plan/compare-objects.ts';
import { readKernelTable } from './kernel-table.ts';

export type TableState = 'in sync' | 'drifted' | 'missing' | 'foreign';

/** Whether the kernel holds the ruleset, whatever its marker says. */
export async function readDrift(meant: EmittedJson, nft: Nft): Promise<TableState> {
  const table = await readKernelTable(nft);
  if (table.kind !== 'ours') return table.kind;
  const [live, spelled] = [await listLive(nft), await listMeant(meant, nft)];
  return compareObjects(live, spelled).length === 0 ? 'in sync' : 'drifted';
}

/** Without markers, which say nothing about packets. */
export const listLive = async (nft: Nft): Promise<readonly Listed[]> =>
  (await nft.listTable(TABLE.name)).filter(isNoMarker);

/**
 * nft spells a ruleset differently from version to version, so what is meant is loaded into a namespace of
 * its own and listed by the same nft.
 */
export const listMeant = async ({ text }: EmittedJson, nft: Nft): Promise<readonly Listed[]> =>
  (await nft.spell(text, TABLE.name)).filter(isNoMarker);

function isNoMarker({ chain }: Listed): boolean {
  const { name } = (chain ?? {}) as { name?: unknown };
  return typeof name !== 'string' || !name.startsWith(MARKER_PREFIX);
}
