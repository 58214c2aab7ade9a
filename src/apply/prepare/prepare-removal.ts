import { asFailure } from '../../failure/failure.ts';
import type { PendingChange } from '../../host/state/pending-change.ts';
import type { Removal } from '../change.ts';
import { isExpired, requireNoPending } from '../confirm/pending.ts';
import type { Context } from '../context.ts';
import { readKernelTable, requireOwnTable } from '../read/kernel-table.ts';
import { lastApplied } from '../read/last-applied.ts';
import { planRestore } from '../sysctls/plan.ts';
import { collectRefusals } from './collect-refusals.ts';

/** What `down` would do, and what it would be refused for. Reads only. A sysctl that cannot be restored does not count. */
export async function prepareRemoval(ctx: Context): Promise<Removal> {
  const { host } = ctx;
  const { attempt, found: refusals } = collectRefusals();
  await attempt(() => requireNoneWaits(ctx));
  const sysctls = await planRestore(ctx);
  const table = await attempt(async () => readKernelTable(host.nft));
  if (table !== undefined) await attempt(() => requireOwnTable(table));
  return {
    ruleset: undefined,
    sysctls,
    regardless: true,
    user: host.userName(ctx.env),
    table,
    flows: {
      before: table && lastApplied(table, ctx),
      after: { forwards: [] },
      addresses: [],
      keepConnections: false,
    },
    refusals,
  };
}

/**
 * If the time of a change is over, and a full disk keeps it from being closed, its forwards are removed anyway. A damaged
 * record was reported when the command began.
 */
function requireNoneWaits(ctx: Context): void {
  const pending = readPendingIfReadable(ctx);
  if (pending !== undefined && !isExpired(pending, ctx)) requireNoPending(ctx);
}

function readPendingIfReadable({ host, state }: Context): PendingChange | undefined {
  try {
    return host.pending.read(state.stateDir);
  } catch (error) {
    if (asFailure(error) === undefined) throw error;
    return undefined;
  }
}
