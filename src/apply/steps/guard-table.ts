import { emitJson } from '../../emit/json.ts';
import type { SavedSysctls } from '../../host/state/saved-sysctls.ts';
import type { Nft } from '../../host/nft/nft.ts';
import { GUARD_TABLE, lowerGuardTable } from '../../lower/guard/guard-table.ts';
import type { Family } from '../../model/model.ts';
import { gatewayLinksOf } from '../../model/routing/uplinks.ts';
import type { Context } from '../context.ts';
import { readFactsFor } from '../read/read-on-host.ts';
import { linksOnRecord } from '../sysctls/interfaces-before.ts';
import { linkOf } from '../sysctls/route-localnet.ts';
import { savedSysctls } from '../sysctls/saved.ts';
import { routedFamilies } from '../sysctls/routing-stays.ts';

/** What stays on although its forwards are gone. */
export interface Guarded {
  readonly families: readonly Family[];
  /** route_localnet of some interface. */
  readonly loopback: boolean;
}

export const needsGuard = ({ families, loopback }: Guarded): boolean => families.length > 0 || loopback;

/** Loads the guards in a table of their own, unless they are there. */
export async function loadGuardTable(guarded: Guarded, ctx: Context, regardless: boolean): Promise<void> {
  const { text, marker } = await guardDocument(guarded, await savedSysctls(ctx), ctx);
  const chains = await ctx.host.nft.chainNames(GUARD_TABLE.name);
  if (!chains.includes(marker)) await ctx.host.nft.load(text, regardless);
}

/** There are no targets any more, so the networks of uplinks stay open to what other programs translate. */
export async function guardDocument(
  { families, loopback }: Guarded,
  saved: SavedSysctls,
  ctx: Context,
): Promise<ReturnType<typeof emitJson>> {
  const facts = await readFactsFor(undefined, ctx);
  const uplinks = gatewayLinksOf(facts);
  const closed = linksOnRecord(saved).filter((name) => !uplinks.includes(name));
  return emitJson(lowerGuardTable(families, facts, closed, loopback));
}

/** The table is there only if portfwd turned something on before. */
export async function removeGuardTable(saved: SavedSysctls, nft: Nft, regardless: boolean): Promise<void> {
  const mayBeThere = routedFamilies(saved).length > 0 || Object.keys(saved).some((path) => linkOf(path) !== undefined);
  if (mayBeThere) await nft.load(REMOVAL, regardless);
}

/** The boot service may have turned the routing off, and the table stayed. */
export async function removeStaleGuardTable({ nft }: Context['host']): Promise<void> {
  if ((await nft.chainNames(GUARD_TABLE.name)).length > 0) await nft.load(REMOVAL, true);
}

const REMOVAL = JSON.stringify({ nftables: [{ add: { table: GUARD_TABLE } }, { delete: { table: GUARD_TABLE } }] });

/** Adds the guard to a document that restores an earlier state, if the guard is part of it. */
export async function withGuardTable(document: string, ctx: Context): Promise<string> {
  const saved = await savedSysctls(ctx);
  const families = routedFamilies(saved);
  if (families.length === 0 || (await ctx.host.nft.chainNames(GUARD_TABLE.name)).length === 0) return document;
  return joined(document, (await guardDocument({ families, loopback: false }, saved, ctx)).text);
}

const BEGIN = '{"nftables":[';
const END = ']}';

/** Two documents for nft as one transaction. */
const joined = (one: string, other: string): string =>
  `${one.trimEnd().slice(0, -END.length)},${other.trimStart().slice(BEGIN.length)}`;
