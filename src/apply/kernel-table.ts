import { MARKER_PREFIX } from '../emit/json.ts';
import type { Nft } from '../host/nft/nft.ts';
import { TABLE } from '../lower/lower.ts';
import type { Host } from '../host/host.ts';
import { Failure } from '../failure/failure.ts';

/** What the kernel holds under our table's name: nothing, somebody else's, or ours with the marker of its ruleset. */
export type KernelTable =
  | { readonly kind: 'missing' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'ours'; readonly marker: string };

export async function readKernelTable(nft: Nft): Promise<KernelTable> {
  const names = await nft.chainNames(TABLE.name);
  if (names === undefined) return { kind: 'missing' };
  const marker = names.find((name) => name.startsWith(MARKER_PREFIX));
  return marker === undefined ? { kind: 'foreign' } : { kind: 'ours', marker };
}

/** A table of our name that portfwd did not make, as it was before it was replaced. */
export interface Adopted {
  readonly path: string;
  /** Chains, sets, rules and whatever else it held. */
  readonly objects: number;
}

/** Writes somebody's table to a file before it goes, so that nothing is lost. Undefined when there is none. */
export async function saveForeign(stateDir: string, { nft, saveTable }: Host): Promise<Adopted | undefined> {
  if ((await readKernelTable(nft)).kind !== 'foreign') return undefined;
  const listed = await nft.listTable(TABLE.name);
  const path = saveTable(stateDir, await nft.tableText(TABLE.name));
  return { path, objects: listed.filter(({ kind }) => kind !== 'table').length };
}

export const adoptedText = ({ path, objects }: Adopted): string =>
  `portfwd: the table ${TABLE.family} ${TABLE.name} that was there, with ${objects} ${objects === 1 ? 'object' : 'objects'}, was replaced; it is kept in ${path}`;

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
