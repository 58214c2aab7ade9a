import type { EmittedJson } from '../emit/json.ts';
import type { Listed, Nft } from '../host/nft.ts';
import { TABLE } from '../lower/lower.ts';
import { readKernelTable } from './kernel-table.ts';

export type TableState = 'in sync' | 'drifted' | 'missing' | 'foreign';

/**
 * Holds the kernel's table against the ruleset. nft spells a ruleset differently from version to version,
 * so what is meant is loaded into a namespace of its own and listed by the same nft.
 */
export async function readDrift(meant: EmittedJson, nft: Nft): Promise<TableState> {
  const table = await readKernelTable(nft);
  if (table.kind !== 'ours') return table.kind;
  if (table.marker !== meant.marker) return 'drifted';
  const [live, spelled] = [await nft.listTable(TABLE.name), await nft.spell(meant.text, TABLE.name)];
  return canonical(live) === canonical(spelled) ? 'in sync' : 'drifted';
}

/** Without what differs between two loads of one ruleset: handles, and the order of a hash's elements. */
const canonical = (objects: readonly Listed[]): string =>
  objects
    .filter((object) => !('metainfo' in object))
    .map((object) => JSON.stringify(object, withoutHandles))
    .join('\n');

function withoutHandles(key: string, value: unknown): unknown {
  if (key === 'handle') return undefined;
  if (key === 'elem' && Array.isArray(value)) return value.map((element) => JSON.stringify(element)).toSorted();
  return value;
}
