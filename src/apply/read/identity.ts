import type { Generation } from '../../host/state/history.ts';
import { digestOf } from '../../model/digest.ts';
import type { Model } from '../../model/model.ts';
import type { ParsedModel } from '../../parse/model.ts';
import type { Context } from '../context.ts';
import { isSame } from '../same-bytes.ts';
import type { KernelTable } from './kernel-table.ts';
import { appliedAs, parseApplied } from './last-applied.ts';

/** By what other programs know a version of the file. */
export type Identity = Pick<Generation, 'revision'> & { readonly digest: string };

/** Of the file, not of what is loaded here: an earlier --enable-forwarding does not count. */
export const identityOf = (model: Model, statedForwarding: ParsedModel['statedForwarding']): Identity => ({
  digest: digestOf({ ...model, forwarding: statedForwarding ?? 'require' }),
  ...(model.revision === undefined ? {} : { revision: model.revision }),
});

/**
 * Of the forwards that the kernel holds. Undefined: it holds none, or they are not on record. `file`: the file with the
 * forwards, which is usually the one.
 */
export async function loadedIdentity(
  table: KernelTable,
  { bytes, ...file }: Identity & { readonly bytes: Uint8Array },
  ctx: Context,
): Promise<Identity | undefined> {
  const applied = table.kind === 'ours' ? appliedAs(table.marker, ctx) : undefined;
  if (applied === undefined || isSame(applied.model, bytes)) return applied && file;
  const { model, statedForwarding } = await parseApplied(applied.model);
  return model && identityOf(model, statedForwarding);
}
