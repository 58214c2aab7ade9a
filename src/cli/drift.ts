import type { EmittedJson } from '../emit/json.ts';
import { MARKER_PREFIX } from '../emit/json.ts';
import type { Listed, Nft } from '../host/nft.ts';
import { TABLE } from '../lower/lower.ts';

export type TableState = 'in sync' | 'drifted' | 'missing' | 'foreign';

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
