import { emitJson, type EmittedJson, MARKER_PREFIX } from '../emit/json.ts';
import type { Nft } from '../host/nft/nft.ts';
import type { NftObject } from '../nft-json/objects.ts';
import { lower, TABLE } from '../lower/lower.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { enabledForwards, type Model } from '../model/model.ts';
import { compareForwards, type ForwardComparison, compareSettings, type FieldChange } from '../compare/forwards.ts';
import { compareTables, type TableDifference } from '../compare/tables.ts';
import type { Desired } from '../apply/change.ts';
import type { Context } from '../apply/context.ts';
import { readKernelTable } from '../apply/read/kernel-table.ts';
import { appliedAs, appliedModel } from '../apply/read/last-applied.ts';
import { isSame } from '../apply/same-bytes.ts';

/** Why the table in the kernel differs from the desired one. */
export type Cause =
  /** The file says something else than when it was applied. */
  | 'file'
  /** It was applied with --enable-forwarding, which the file does not say. */
  | 'option'
  /** The same file compiles to another ruleset on this host now. */
  | 'host'
  /** The table was changed by another program or by hand. */
  | 'hand'
  /** Neither state nor history know the loaded ruleset. */
  | 'unknown';

export interface Drifted {
  readonly state: 'drifted';
  readonly causes: readonly Cause[];
  /** From what was loaded to what is desired, if that is known and differs. */
  readonly model: (ForwardComparison & { readonly settings: readonly FieldChange[] }) | undefined;
  /** The table in the kernel against what was loaded, compiled for this host as it is now; else against what is desired. */
  readonly table: TableDifference;
}

export type KernelComparison = { readonly state: 'in sync' | 'missing' | 'foreign' } | Drifted;

/** Compares the table in the kernel with the model and, if they differ, finds out why. Reads only. */
export async function compareKernel(desired: Desired, ctx: Context): Promise<KernelComparison> {
  const { nft } = ctx.host;
  const table = await readKernelTable(nft);
  if (table.kind !== 'ours') return { state: table.kind };
  const live = await listKernel(nft);
  const ahead = await differenceFrom(desired.model, desired.facts, live, nft);
  if (isNothing(ahead)) return { state: 'in sync' };
  const applied = appliedAs(table.marker, ctx);
  const before = applied && (await appliedModel(applied));
  if (markerOf(desired.model, desired.facts) === table.marker)
    return { state: 'drifted', causes: ['hand'], model: undefined, table: ahead };
  if (before === undefined) return { state: 'drifted', causes: ['unknown'], model: undefined, table: ahead };
  const sameFile = isSame(applied?.model, desired.bytes);
  const behind = await differenceFrom(before, desired.facts, live, nft);
  const hostChanged = markerOf(before, desired.facts) !== table.marker;
  return classifyDrift({ before, after: desired.model, behind, hostChanged, sameFile });
}

interface Evidence {
  readonly before: Model;
  readonly after: Model;
  readonly behind: TableDifference;
  readonly hostChanged: boolean;
  readonly sameFile: boolean;
}

function classifyDrift({ before, after, behind, hostChanged, sameFile }: Evidence): Drifted {
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

/** A comment changes no packet. */
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
  return compareTables(live, await listDesired(emitJson(ruleset), nft), ruleset, enabledForwards(model));
}

const isNothing = ({ mappings, objects }: TableDifference): boolean => mappings.length + objects.length === 0;

export type TableState = 'in sync' | 'drifted' | 'missing' | 'foreign';

/** Without markers, which change no packet. */
const listKernel = async (nft: Nft): Promise<readonly NftObject[]> =>
  (await nft.listTable(TABLE.name)).filter(isNoMarker);

/**
 * The listing of a ruleset differs between versions of nft. So the desired ruleset is loaded into a scratch namespace
 * and listed there by the same nft.
 */
const listDesired = async ({ text }: EmittedJson, nft: Nft): Promise<readonly NftObject[]> =>
  (await nft.normalize(text, TABLE.name)).filter(isNoMarker);

const isNoMarker = ({ kind, body: { name } }: NftObject): boolean =>
  kind !== 'chain' || typeof name !== 'string' || !name.startsWith(MARKER_PREFIX);
