import { Failure } from '../host/failure.ts';
import type { Nft } from '../host/nft.ts';
import { TABLE } from '../lower/lower.ts';
import { readKernelTable, type KernelTable } from './kernel-table.ts';

/** A table of our name without our marker is somebody's work: it is never replaced or removed. */
export async function refuseForeign(nft: Nft): Promise<Exclude<KernelTable, { kind: 'foreign' }>> {
  const table = await readKernelTable(nft);
  if (table.kind !== 'foreign') return table;
  throw foreignTable();
}

export function foreignTable(): Failure {
  const name = `${TABLE.family} ${TABLE.name}`;
  return new Failure(
    'foreign-table',
    `there is a table ${name} that portfwd did not make`,
    `look at it (nft list table ${name}) and, when nobody needs it, replace it with portfwd apply --adopt, which keeps a copy`,
  );
}
