import { listeningForward, listeningMappings, type Listening } from '../../compare/lost-forwards.ts';
import { mappingsOf } from '../../compare/read-mappings.ts';
import type { Applied } from '../../host/state/applied.ts';
import { TABLE } from '../../lower/lower.ts';
import { enabledForwards, type Forward } from '../../model/model.ts';
import type { Desired } from '../change.ts';
import type { Context } from '../context.ts';
import { isSame } from '../same-bytes.ts';
import { holdsRuleset, type KernelTable } from './kernel-table.ts';
import { appliedAs, appliedModel } from './last-applied.ts';

/** The forwards that the kernel holds now. */
export interface Loaded {
  /** Undefined: neither the state nor the history knows the loaded ruleset. */
  readonly forwards: readonly Forward[] | undefined;
  /** Without a record, as the kernel shows them. */
  readonly listening: () => readonly Listening[];
}

export async function loadedForwards(
  table: KernelTable,
  previous: Applied | undefined,
  { model, bytes }: Pick<Desired, 'model' | 'bytes'>,
  ctx: Context,
): Promise<Loaded> {
  if (table.kind !== 'ours') return known([]);
  const applied = previous && holdsRuleset(table, previous.marker) ? previous : appliedAs(table.marker, ctx);
  if (applied !== undefined && isSame(applied.model, bytes)) return known(enabledForwards(model));
  const before = applied && (await appliedModel(applied));
  if (before !== undefined) return known(enabledForwards(before));
  const mappings = mappingsOf(await ctx.host.nft.listTable(TABLE.name));
  return { forwards: undefined, listening: () => listeningMappings([...mappings.values()]) };
}

const known = (forwards: readonly Forward[]): Loaded => ({
  forwards,
  listening: () => forwards.map(listeningForward),
});
