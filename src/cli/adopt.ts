import type { Host } from '../host/host.ts';
import { TABLE } from '../lower/lower.ts';
import { readKernelTable } from './kernel-table.ts';

/** A table of our name that portfwd did not make, as it was before it was replaced. */
export interface Adopted {
  readonly path: string;
  /** Chains, sets, rules and whatever else it held. */
  readonly objects: number;
}

/** Writes somebody's table to a file before it goes, so that nothing is lost. Undefined when there is none. */
export async function saveForeign(lasting: string, { nft, saveTable }: Host): Promise<Adopted | undefined> {
  if ((await readKernelTable(nft)).kind !== 'foreign') return undefined;
  const listed = await nft.listTable(TABLE.name);
  const path = saveTable(lasting, await nft.tableText(TABLE.name));
  return { path, objects: listed.filter((object) => !('metainfo' in object) && !('table' in object)).length };
}

export const adoptedText = ({ path, objects }: Adopted): string =>
  `portfwd: the table ${TABLE.family} ${TABLE.name} that was there, with ${objects} ${objects === 1 ? 'object' : 'objects'}, was replaced; it is kept in ${path}`;
