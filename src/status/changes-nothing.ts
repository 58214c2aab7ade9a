import type { Change } from '../apply/change.ts';
import type { Context } from '../apply/context.ts';
import { holdsRuleset } from '../apply/read/kernel-table.ts';
import { countersState, isCountingAsWanted } from './counters.ts';
import { compareKernel } from './kernel.ts';

/**
 * The kernel holds the ruleset of the change, element by element, and file, sysctls, boot files and counters are as the
 * change would make them. Reads only.
 */
export async function changesNothing(change: Change, ctx: Context): Promise<boolean> {
  const { ruleset, table, edited, sysctls, boot, model } = change;
  // First what costs nothing: a ruleset with another marker need not be compared.
  if (table === undefined || !holdsRuleset(table, ruleset.marker) || edited !== undefined) return false;
  if (sysctls.restore.length + sysctls.set.length + (boot?.changes.length ?? 0) > 0) return false;
  if (!isCountingAsWanted(await countersState(model, ctx))) return false;
  return (await compareKernel(change, ctx)).state === 'in sync';
}
