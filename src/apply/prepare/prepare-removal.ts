import type { Removal } from '../change.ts';
import { requireNoPending } from '../confirm/pending.ts';
import type { Context } from '../context.ts';
import { readKernelTable, requireOwnTable } from '../read/kernel-table.ts';
import { lastApplied } from '../read/last-applied.ts';
import { planRestore } from '../sysctls/plan.ts';
import { inspectKernelWrites } from './inspect-writes.ts';
import { collectRefusals } from './collect-refusals.ts';

/** What `down` would do, and what it would be refused for. Reads only. */
export async function prepareRemoval(ctx: Context): Promise<Removal> {
  const { host } = ctx;
  const { attempt, found: refusals } = collectRefusals();
  await attempt(() => requireNoPending(ctx));
  const sysctls = await planRestore(ctx);
  const table = await attempt(async () => readKernelTable(host.nft));
  if (table !== undefined) {
    await attempt(() => requireOwnTable(table));
    await inspectKernelWrites(sysctls, attempt, ctx);
  }
  return {
    ruleset: undefined,
    sysctls,
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
