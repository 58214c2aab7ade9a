import { emitJson, type EmittedJson, MARKER_PREFIX } from '../emit/json.ts';
import type { Nft } from '../host/nft/nft.ts';
import type { NftObject } from '../nft-json/objects.ts';
import { lower, TABLE } from '../lower/lower.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { enabledForwards, type Model } from '../model/model.ts';
import { compareForwards, type ForwardComparison, compareSettings, type FieldChange } from '../compare/forwards.ts';
import { compareTables, type TableDifference } from '../compare/tables.ts';
import { appliedModel, appliedAs } from '../apply/last-applied.ts';
import { readKernelTable } from '../apply/kernel-table.ts';
import type { Meant } from '../apply/change.ts';
import type { StateOptions, World } from '../apply/context.ts';

/** Why the kernel's table is another than the one that is meant. */
export type Cause =
  /** The file says something else than when it was applied. */
  | 'file'
  /** It was applied with --enable-forwarding, which the file does not say. */
  | 'option'
  /** The same file becomes another ruleset here now. */
  | 'host'
  /** Somebody changed the table. */
  | 'hand'
  /** Nothing remembers what was loaded. */
  | 'unknown';

export interface Drifted {
  readonly state: 'drifted';
  readonly causes: readonly Cause[];
  /** From what was loaded to what is meant, where that is known and not the same. */
  readonly model: (ForwardComparison & { readonly settings: readonly FieldChange[] }) | undefined;
  /** The kernel's table against what was loaded, as this host gets it now; else against what is meant. */
  readonly table: TableDifference;
}

export type KernelComparison = { readonly state: 'in sync' | 'missing' | 'foreign' } | Drifted;

/** Holds the kernel's table against the model and, where they differ, finds out why. Changes nothing. */
export async function compareKernel(meant: Meant, options: StateOptions, world: World): Promise<KernelComparison> {
  const { nft } = world.host;
  const table = await readKernelTable(nft);
  if (table.kind !== 'ours') return { state: table.kind };
  const live = await listLive(nft);
  const ahead = await differenceFrom(meant.model, meant.facts, live, nft);
  if (isNothing(ahead)) return { state: 'in sync' };
  const applied = appliedAs(table.marker, options, world);
  const before = applied && (await appliedModel(applied));
  if (markerOf(meant.model, meant.facts) === table.marker)
    return { state: 'drifted', causes: ['hand'], model: undefined, table: ahead };
  if (before === undefined) return { state: 'drifted', causes: ['unknown'], model: undefined, table: ahead };
  const sameFile = Buffer.compare(applied?.model ?? new Uint8Array(), meant.bytes) === 0;
  const behind = await differenceFrom(before, meant.facts, live, nft);
  const hostChanged = markerOf(before, meant.facts) !== table.marker;
  return explained({ before, after: meant.model, behind, hostChanged, sameFile });
}

interface Evidence {
  readonly before: Model;
  readonly after: Model;
  readonly behind: TableDifference;
  readonly hostChanged: boolean;
  readonly sameFile: boolean;
}

function explained({ before, after, behind, hostChanged, sameFile }: Evidence): Drifted {
  const forwards = compareForwards(enabledForwards(before), enabledForwards(after));
  const changes = forwards.changes.filter(changesPackets);
  const settings = compareSettings(before, after);
  const fileChanged = changes.length + settings.length > 0 || (!sameFile && !hostChanged);
  // Other host facts never change a target.
  const byHand = behind.mappings.length > 0 || (!hostChanged && behind.objects.length > 0);
  return {
    state: 'drifted',
    causes: [
      ...(fileChanged ? [sameFile ? ('option' as const) : ('file' as const)] : []),
      ...(byHand ? ['hand' as const] : []),
      ...(hostChanged ? ['host' as const] : []),
    ],
    model: { unchanged: forwards.unchanged + forwards.changes.length - changes.length, changes, settings },
    table: behind,
  };
}

/** A comment is for people alone. */
const changesPackets = (change: ForwardComparison['changes'][number]): boolean =>
  change.kind !== 'changed' || change.fields.some(({ field }) => field !== 'comment');

const markerOf = (model: Model, facts: HostFacts): string => emitJson(lower(model, facts)).marker;

async function differenceFrom(
  model: Model,
  facts: HostFacts,
  live: readonly NftObject[],
  nft: Nft,
): Promise<TableDifference> {
  const ruleset = lower(model, facts);
  return compareTables(live, await listMeant(emitJson(ruleset), nft), ruleset, enabledForwards(model));
}

const isNothing = ({ mappings, objects }: TableDifference): boolean => mappings.length + objects.length === 0;

export type TableState = 'in sync' | 'drifted' | 'missing' | 'foreign';

/** Without markers, which say nothing about packets. */
const listLive = async (nft: Nft): Promise<readonly NftObject[]> =>
  (await nft.listTable(TABLE.name)).filter(isNoMarker);

/**
 * nft spells a ruleset differently from version to version, so what is meant is loaded into a namespace of
 * its own and listed by the same nft.
 */
const listMeant = async ({ text }: EmittedJson, nft: Nft): Promise<readonly NftObject[]> =>
  (await nft.normalize(text, TABLE.name)).filter(isNoMarker);

const isNoMarker = ({ kind, body: { name } }: NftObject): boolean =>
  kind !== 'chain' || typeof name !== 'string' || !name.startsWith(MARKER_PREFIX);
