import { countersText, COUNTERS_REMOVAL, COUNTERS_TABLE } from '../../counters/table.ts';
import { asFailure } from '../../failure/failure.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { enabledForwards, type Model } from '../../model/model.ts';
import type { Context } from '../context.ts';
import { keepAllCounts } from './keep-counts.ts';

type Ctx = Pick<Context, 'host' | 'state'>;

/**
 * Loads the table with the counters, or repairs its rules; its values stay. Call it before the forwards are loaded, so that
 * none of their packets is missed. `loaded`: the forwards until then.
 */
export async function startCounting({ addresses }: HostFacts, loaded: Model, ctx: Ctx): Promise<void> {
  const { nft } = ctx.host;
  const text = countersText(addresses.map(({ address }) => address));
  try {
    await nft.loadText(text, true);
  } catch (error) {
    // Another program, or another version of portfwd, may have made its sets.
    if (asFailure(error) === undefined || !(await nft.hasTable(COUNTERS_TABLE.name))) throw error;
    await keepAllCounts(enabledForwards(loaded), ctx);
    await nft.loadText(`${COUNTERS_REMOVAL}${text}`, true);
  }
}

/** Removes the table. What was counted is written down for these forwards. */
export async function stopCounting(loaded: Model | undefined, ctx: Ctx): Promise<void> {
  const { nft } = ctx.host;
  if ((await nft.chainNames(COUNTERS_TABLE.name)).length === 0) return;
  await keepAllCounts(loaded === undefined ? [] : enabledForwards(loaded), ctx);
  await nft.loadText(COUNTERS_REMOVAL, true);
}
