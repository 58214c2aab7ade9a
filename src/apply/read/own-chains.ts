import { COUNTERS_TABLE } from '../../counters/table.ts';
import type { Nft } from '../../host/nft/nft.ts';
import { GUARD_TABLE } from '../../lower/guard/guard-table.ts';
import { TABLE } from '../../lower/lower.ts';

/**
 * The names of the chains in the table of the forwards, in that of the counters, and in that of the guard: routing that stays
 * on after its forwards has its guard there.
 */
export type OwnChains = ReadonlyMap<string, readonly string[]>;

/** One call of nft. */
export const readOwnChains = async (nft: Nft): Promise<OwnChains> =>
  nft.chainNamesOf([TABLE.name, COUNTERS_TABLE.name, GUARD_TABLE.name]);
