import { compareForwards } from '../../compare/forwards.ts';
import { EMPTY_LEDGER, isEmpty, ofBoot, prune, rename, settle, type Ledger } from '../../counters/ledger.ts';
import { asFailure } from '../../failure/failure.ts';
import { readSnapshot, type Snapshot } from '../../counters/snapshot.ts';
import { COUNTERS_TABLE } from '../../counters/table.ts';
import type { SavedListing } from '../../host/state/counters.ts';
import { enabledForwards, type Forward, type Model } from '../../model/model.ts';
import type { Context } from '../context.ts';

type Ctx = Pick<Context, 'host' | 'state'>;

/**
 * Call it when other forwards are loaded. What was counted so far is written down for the forwards that listened there
 * until then, and a renamed forward keeps its sums.
 */
export async function keepCounts(before: Model, after: Model, ctx: Ctx): Promise<void> {
  const { changes } = compareForwards(before.forwards, after.forwards);
  const saved = savedListings(ctx);
  if (changes.length + saved.length === 0) return;
  const { ledger } = await countsNow(enabledForwards(before), ctx, saved);
  const renamed = changes.flatMap((change) =>
    change.kind === 'changed' && change.before.name !== change.after.name
      ? [[change.before.name, change.after.name] as const]
      : [],
  );
  const names = new Set([...before.forwards, ...after.forwards].map(({ name }) => name));
  write(prune(rename(ledger, renamed), names), saved, ctx);
}

/** As `countsNow`, and writes it down. */
export async function keepAllCounts(forwards: readonly Forward[], ctx: Ctx): Promise<CountsNow> {
  const saved = savedListings(ctx);
  const counts = await countsNow(forwards, ctx, saved);
  write(counts.ledger, saved, ctx);
  return counts;
}

interface CountsNow {
  readonly ledger: Ledger;
  /** Undefined: the kernel holds no counters. */
  readonly live: Snapshot | undefined;
}

/** What was counted until now, for these forwards, and what the kernel holds of it. Writes nothing. */
export async function countsNow(
  forwards: readonly Forward[],
  ctx: Ctx,
  saved = savedListings(ctx),
): Promise<CountsNow> {
  let ledger = readLedger(ctx);
  for (const { network, objects } of saved) {
    const snapshot = readSnapshot(objects, network);
    if (snapshot !== undefined) ledger = settle(ledger, snapshot, forwards);
  }
  const live = await liveSnapshot(ctx);
  return { ledger: live === undefined ? ledger : settle(ledger, live, forwards), live };
}

const readLedger = ({ host, state }: Ctx): Ledger => host.counters.read(state.stateDir) ?? EMPTY_LEDGER;

/** What the service saved when the system went down, and the ledger does not have yet. */
function savedListings(ctx: Ctx): readonly SavedListing[] {
  const all = ctx.host.counters.saved(ctx.state.stateDir);
  if (all.length === 0) return [];
  const { read } = readLedger(ctx);
  return all.filter(({ name }) => !read.includes(name));
}

/** The ledger names the files that are in the sums, because they may be there still after a crash. */
function write(ledger: Ledger, saved: readonly SavedListing[], { host, state: { stateDir } }: Ctx): void {
  if (isEmpty(ledger) && saved.length === 0) return;
  const read = saved.map(({ name }) => name);
  host.counters.write(stateDir, { ...ofBoot(ledger, host.pending.network()), read });
  host.counters.removeSaved(stateDir, [...ledger.read, ...read]);
}

/** Mostly the table is there, so it is not asked for before. */
async function liveSnapshot({ host: { nft, pending } }: Ctx): Promise<Snapshot | undefined> {
  const { name } = COUNTERS_TABLE;
  try {
    return readSnapshot(await nft.listTable(name), pending.network());
  } catch (error) {
    if (asFailure(error) === undefined || (await nft.chainNames(name)).length > 0) throw error;
    return undefined;
  }
}
