import { countersText, COUNTERS_REMOVAL, COUNTERS_TABLE, hasOwnChains } from '../../counters/table.ts';
import { asFailure } from '../../failure/failure.ts';
import type { Nft } from '../../host/nft/nft.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { enabledForwards, type Model } from '../../model/model.ts';
import type { Context } from '../context.ts';
import type { OwnChains } from '../read/own-chains.ts';
import { keepAllCounts } from './keep-counts.ts';

type Ctx = Pick<Context, 'host' | 'state'>;

/**
 * Loads the table with the counters, or repairs its rules; its values stay. Call it before the forwards are loaded, so that
 * none of their packets is missed. `loaded`: the model until then. `chains`: what the kernel holds, if it was read just before.
 */
export async function startCounting(
  model: Model,
  { addresses }: HostFacts,
  loaded: Model,
  ctx: Ctx,
  chains?: OwnChains,
): Promise<void> {
  const { nft } = ctx.host;
  const text = countersText(
    enabledForwards(model),
    addresses.map(({ address }) => address),
  );
  const { name } = COUNTERS_TABLE;
  const isOurs = hasOwnChains(chains?.get(name) ?? (await nft.chainNames(name)));
  if (isOurs && (await isLoaded(text, nft))) return;
  await keepAllCounts(enabledForwards(loaded), ctx);
  await nft.loadText(`${COUNTERS_REMOVAL}${text}`, true);
}

/** False if another program, or another version of portfwd, made its sets or chains. */
async function isLoaded(text: string, nft: Nft): Promise<boolean> {
  try {
    await nft.loadText(text, true);
    return true;
  } catch (error) {
    if (asFailure(error) === undefined || !(await nft.hasTable(COUNTERS_TABLE.name))) throw error;
    return false;
  }
}

/** Removes the table. What was counted is written down for these forwards. */
export async function stopCounting(loaded: Model | undefined, ctx: Ctx): Promise<void> {
  if (!(await isThere(ctx.host))) return;
  await keepAllCounts(loaded === undefined ? [] : enabledForwards(loaded), ctx);
  await removeCounters(ctx.host);
}

export async function removeCounters(host: Ctx['host']): Promise<void> {
  if (await isThere(host)) await host.nft.loadText(COUNTERS_REMOVAL, true);
}

const isThere = async ({ nft }: Ctx['host']): Promise<boolean> =>
  (await nft.chainNames(COUNTERS_TABLE.name)).length > 0;
