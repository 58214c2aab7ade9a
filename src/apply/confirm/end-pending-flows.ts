import type { PendingChange } from '../../host/state/pending-change.ts';
import { enabledForwards } from '../../model/model.ts';
import type { Context } from '../context.ts';
import { appliedModel } from '../read/last-applied.ts';
import { readFactsFor } from '../read/read-on-host.ts';
import { endFlows } from '../steps/end-flows.ts';

/**
 * Ends what a pending change makes stale. There may be 100 000 connections, so no time of the person who has to answer is
 * spent on it: it is done beside the question, and after the decision for what is left.
 */
export async function endPendingFlows(
  { before, now, keepConnections = false }: PendingChange,
  ctx: Context,
  isWanted: () => boolean = () => true,
): Promise<void> {
  const model = await appliedModel(now);
  if (model === undefined) return;
  const { addresses } = await readFactsFor(undefined, ctx);
  const after = { bytes: now.model, forwards: enabledForwards(model) };
  await endFlows({ before, after, addresses, keepConnections, isWanted }, ctx);
}
