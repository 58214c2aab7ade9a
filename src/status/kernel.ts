import { emitJson, type EmittedJson, MARKER_PREFIX } from '../emit/json.ts';
import type { Nft } from '../host/nft/nft.ts';
import type { NftObject } from '../nft-json/objects.ts';
import { lower, TABLE } from '../lower/lower.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { enabledForwards, type Model } from '../model/model.ts';
import { compareForwards, type ForwardComparison, compareSettings, type FieldChange } from '../compare/forwards.ts';
import { declaredIn, isSameTable } from '../compare/same-table.ts';
import { compareTables, type TableDifference } from '../compare/tables.ts';
import type { Desired } from '../apply/change.ts';
import type { Context } from '../apply/context.ts';
import { readKernelTable, type KernelTable } from '../apply/read/kernel-table.ts';
import { appliedAs, appliedModel } from '../apply/read/last-applied.ts';
import { readFactsFor } from '../apply/read/read-on-host.ts';
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
  /** How the table in the kernel differs from what was loaded (compiled again for this host), or from what is desired. */
  readonly table: TableDifference;
}

export type KernelComparison = { readonly state: 'in sync' | 'missing' | 'foreign' } | Drifted;

/** `ruleset`: if it was compiled already. `table`: if it was just read. */
type Compiled = Desired & { readonly ruleset?: EmittedJson; readonly table?: KernelTable | undefined };

/** Compares the table in the kernel with the model and, if they differ, finds out why. Reads only. */
export async function compareKernel(desired: Compiled, ctx: Context): Promise<KernelComparison> {
  const { nft } = ctx.host;
  const table = desired.table ?? (await readKernelTable(nft));
  if (table.kind !== 'ours') return { state: table.kind };
  const live = await listKernel(nft);
  const emitted = desired.ruleset ?? emitJson(lower(desired.model, desired.facts));
  if (await isListed(emitted, live, nft)) return { state: 'in sync' };
  const fromDesired = await differenceFrom(desired.model, desired.facts, live, nft);
  if (isNothing(fromDesired)) return { state: 'in sync' };
  const applied = appliedAs(table.marker, ctx);
  const before = applied && (await appliedModel(applied));
  if (emitted.marker === table.marker)
    return { state: 'drifted', causes: ['hand'], model: undefined, table: fromDesired };
  if (before === undefined) return { state: 'drifted', causes: ['unknown'], model: undefined, table: fromDesired };
  const sameFile = isSame(applied?.model, desired.bytes);
  const facts = sameFile ? desired.facts : await readFactsFor(before, ctx);
  const fromLoaded = await differenceFrom(before, facts, live, nft);
  const hostChanged = markerOf(before, facts) !== table.marker;
  return classifyDrift({ before, after: desired.model, fromLoaded, hostChanged, sameFile });
}

interface Evidence {
  readonly before: Model;
  readonly after: Model;
  readonly fromLoaded: TableDifference;
  readonly hostChanged: boolean;
  readonly sameFile: boolean;
}

function classifyDrift({ before, after, fromLoaded, hostChanged, sameFile }: Evidence): Drifted {
  const forwards = compareForwards(enabledForwards(before), enabledForwards(after));
  const changes = forwards.changes.filter(affectsTraffic);
  const settings = compareSettings(before, after);
  const fileChanged = changes.length + settings.length > 0 || (!sameFile && !hostChanged);
  // A change of the host cannot change a target: another program or a user changed the table.
  const byHand = fromLoaded.mappings.length > 0 || (!hostChanged && fromLoaded.objects.length > 0);
  return {
    state: 'drifted',
    causes: [
      ...(fileChanged ? [sameFile ? ('option' as const) : ('file' as const)] : []),
      ...(byHand ? ['hand' as const] : []),
      ...(hostChanged ? ['host' as const] : []),
    ],
    model: { unchanged: forwards.unchanged + forwards.changes.length - changes.length, changes, settings },
    table: fromLoaded,
  };
}

/** A comment does not affect traffic. */
const affectsTraffic = (change: ForwardComparison['changes'][number]): boolean =>
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

/** False if only the full comparison can tell. */
async function isListed({ text }: EmittedJson, live: readonly NftObject[], nft: Nft): Promise<boolean> {
  const declared = declaredIn(text);
  const empty = await nft.normalize(declared.declarations, TABLE.name);
  return isSameTable(live, empty.filter(isNoMarker), declared);
}

const isNothing = ({ mappings, objects }: TableDifference): boolean => mappings.length + objects.length === 0;

export type TableState = 'in sync' | 'drifted' | 'missing' | 'foreign';

/** Without markers, which do not affect traffic. */
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
