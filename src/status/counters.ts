import type { Context } from '../apply/context.ts';
import type { OwnChains } from '../apply/read/own-chains.ts';
import { isAsLoaded } from '../counters/is-as-loaded.ts';
import { COUNTERS_TABLE, countersText } from '../counters/table.ts';
import { enabledForwards, type Model } from '../model/model.ts';

/**
 * `missing`: the file wants counters, and the kernel has none. `changed`: another program, or another version of portfwd,
 * changed the table. `unwanted`: the kernel still counts.
 */
export type CountersState = 'on' | 'off' | 'missing' | 'changed' | 'unwanted';

/** `chains`: if they were read already. */
export async function countersState(
  model: Pick<Model, 'counters' | 'forwards'>,
  { host: { nft } }: Pick<Context, 'host'>,
  chains?: OwnChains,
): Promise<CountersState> {
  const { name } = COUNTERS_TABLE;
  const isThere = (chains?.get(name) ?? (await nft.chainNames(name))).length > 0;
  if (!model.counters) return isThere ? 'unwanted' : 'off';
  if (!isThere) return 'missing';
  const [live, loaded] = await Promise.all([
    nft.listTable(name),
    nft.normalizeText(countersText(enabledForwards(model), []), name),
  ]);
  return isAsLoaded(live, loaded) ? 'on' : 'changed';
}

export const isCountingAsWanted = (state: CountersState): boolean => state === 'on' || state === 'off';
