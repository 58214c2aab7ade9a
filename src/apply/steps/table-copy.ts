import { TABLE } from '../../lower/lower.ts';
import type { Change } from '../change.ts';
import type { Context } from '../context.ts';
import { orReport } from '../or-report.ts';
import { planReversal } from '../sysctls/plan.ts';
import { writeChange } from '../sysctls/write.ts';
import { loadGuardTable, needsGuard } from './guard-table.ts';
import { restoreWhatCan, stillSaved } from './restore-sysctls.ts';

/** A table of ours that no record tells how to make again, and what the change does to the sysctls beside it. */
export interface TableCopy {
  readonly text: string;
  readonly sysctls: Change['sysctls'];
}

/** Undefined: it is known what is loaded, or nothing is. */
export async function copyOfUnknown(
  { table, previous, sysctls }: Change,
  ctx: Context,
): Promise<TableCopy | undefined> {
  if (table?.kind !== 'ours' || table.marker === previous?.marker) return undefined;
  return { text: await ctx.host.nft.tableText(TABLE.name), sysctls };
}

/** Brings back the table with the values that the sysctls had. What was loaded by the change is replaced. */
export async function restoreCopy({ text, sysctls }: TableCopy, ctx: Context): Promise<void> {
  const { host, state } = ctx;
  const reversal = planReversal(sysctls);
  const stuck = restoreWhatCan(reversal, host.sysctl);
  if (needsGuard(stuck.guarded)) await loadGuardTable(stuck.guarded, ctx, true);
  const { family, name } = TABLE;
  await host.nft.loadText(`add table ${family} ${name}\ndelete table ${family} ${name}\n${text}`, true);
  for (const change of reversal.set) await orReport(() => writeChange(change, host.sysctl), ctx);
  if (stuck.failure !== undefined) ctx.report.problem(stuck.failure);
  await orReport(() => host.sysctl.writeSaved(state.runtimeDir, stillSaved(reversal, stuck)), ctx);
}
