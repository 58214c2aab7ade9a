import { MARKER_PREFIX } from '../../emit/json.ts';
import { Failure } from '../../failure/failure.ts';
import type { BootRecord } from '../../host/boot/record.ts';
import type { Host } from '../../host/host.ts';
import type { Nft } from '../../host/nft/nft.ts';
import { TABLE } from '../../lower/lower.ts';
import type { OwnChains } from './own-chains.ts';

/** What the kernel holds under our table's name: nothing, a foreign table, or ours with the marker of its ruleset. */
export type KernelTable =
  | { readonly kind: 'missing' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'ours'; readonly marker: string };

/** `chains`: if they were read already. */
export async function readKernelTable(nft: Nft, chains?: OwnChains): Promise<KernelTable> {
  const names = chains?.get(TABLE.name) ?? (await nft.chainNames(TABLE.name));
  if (names.length === 0 && !(await nft.hasTable(TABLE.name))) return { kind: 'missing' };
  const marker = names.find((name) => name.startsWith(MARKER_PREFIX));
  return marker === undefined ? { kind: 'foreign' } : { kind: 'ours', marker };
}

export const holdsRuleset = (table: KernelTable, marker: string): boolean =>
  table.kind === 'ours' && table.marker === marker;

/** The ruleset that is loaded at boot, or one of those that are loaded if forwarding is off then. */
export const holdsOneOf = (table: KernelTable, { marker, ifOff }: Pick<BootRecord, 'marker' | 'ifOff'>): boolean =>
  [marker, ...(ifOff?.markers ?? [])].some((one) => holdsRuleset(table, one));

/** Throws `foreign-table`: a table of our name without our marker is never replaced or removed. */
export function requireOwnTable(table: KernelTable): void {
  if (table.kind === 'foreign') throw foreignTable();
}

function foreignTable(): Failure {
  const name = `${TABLE.family} ${TABLE.name}`;
  return new Failure(
    'foreign-table',
    `portfwd did not make the table ${name} that the kernel holds`,
    `look at it with: nft list table ${name}; if it is not needed, run portfwd apply --adopt, which saves a copy and replaces it`,
  );
}

/** The copy of a foreign table, made before it was replaced. */
export interface SavedTable {
  readonly path: string;
  /** How many chains, sets, rules and other objects it held. */
  readonly objects: number;
}

/** Writes a foreign table to a file. Undefined: there is none. */
export async function saveForeignTable(stateDir: string, { nft, saveTable }: Host): Promise<SavedTable | undefined> {
  if ((await readKernelTable(nft)).kind !== 'foreign') return undefined;
  const listed = await nft.listTable(TABLE.name);
  const path = saveTable(stateDir, await nft.tableText(TABLE.name));
  return { path, objects: listed.filter(({ kind }) => kind !== 'table').length };
}
