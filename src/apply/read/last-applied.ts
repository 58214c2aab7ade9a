import { Failure } from '../../failure/failure.ts';
import { isError } from '../../finding/finding.ts';
import type { Applied, Recorded } from '../../host/state/applied.ts';
import type { Generation } from '../../host/state/history.ts';
import type { Model } from '../../model/model.ts';
import { bootRecordIfReadable } from '../boot/enabled-here.ts';
import type { Context } from '../context.ts';
import { holdsRuleset, type KernelTable } from './kernel-table.ts';
import { parseBytes } from './read-model.ts';

/** What was loaded last. If the record is of another ruleset than the kernel holds, the history may know that one. */
export function lastApplied(table: KernelTable, ctx: Context): Applied | undefined {
  const recorded = recordedHere(table, ctx);
  if (table.kind !== 'ours' || table.marker === recorded?.marker) return recorded;
  return generationWith(table.marker, ctx) ?? recorded;
}

/**
 * As `lastApplied`, for what a rollback restores. Throws `no-way-back` if the kernel holds a ruleset of ours and nothing is
 * on record.
 */
export function lastRestorable(table: KernelTable, ctx: Context): Applied | undefined {
  const restorable = lastApplied(table, ctx);
  if (table.kind !== 'ours' || restorable !== undefined) return restorable;
  throw noRollback('the loaded ruleset is not in the history, so it could not be restored');
}

/** What was loaded as the ruleset with this marker, if it is on record. */
export function appliedAs(marker: string, ctx: Context): Applied | undefined {
  const recorded = ctx.host.applied.read(ctx.state.runtimeDir);
  return recorded?.marker === marker ? recorded : generationWith(marker, ctx);
}

/**
 * A record of an older portfwd does not say in which boot and network namespace its forwards were loaded. It counts only
 * if the kernel holds them.
 */
function recordedHere(table: KernelTable, { host, state }: Context): Recorded | undefined {
  const recorded = host.applied.read(state.runtimeDir);
  if (recorded === undefined || recorded.network !== undefined) return recorded;
  return holdsRuleset(table, recorded.marker) ? recorded : undefined;
}

function generationWith(marker: string, ctx: Context): Applied | undefined {
  const {
    host: { history },
    state: { stateDir },
  } = ctx;
  const alike = loadedAlike(marker, ctx);
  const generation = [...history.list(stateDir)].reverse().find((one) => alike.includes(one.marker));
  const model = generation && history.read(stateDir, generation.number);
  return model && { marker, model, enableForwarding: generation.enableForwarding === true };
}

/** The rulesets for boot differ in the guard only: which one is loaded depends on the forwarding that the boot finds. */
function loadedAlike(marker: string, ctx: Context): string[] {
  const record = bootRecordIfReadable(ctx);
  const forBoot = record === undefined ? [] : [record.marker, ...(record.ifOff?.markers ?? [])];
  return forBoot.includes(marker) ? forBoot : [marker];
}

/** Undefined if the model has errors now: it is damaged, or was written for another version of portfwd. */
export async function appliedModel({ model: bytes, enableForwarding }: Applied): Promise<Model | undefined> {
  const { model, findings } = await parseApplied(bytes);
  if (findings.some(isError)) return undefined;
  return model && enableForwarding ? { ...model, forwarding: 'enable' } : model;
}

const parsed = new WeakMap<Uint8Array, ReturnType<typeof parseBytes>>();

/** Several steps of one command need the forwards that were loaded before, and there may be thousands. */
export async function parseApplied(model: Uint8Array): ReturnType<typeof parseBytes> {
  const known = parsed.get(model) ?? parseBytes(model);
  parsed.set(model, known);
  return known;
}

/** The forwards of the newest generation. Undefined if there is none, or if it has errors now. */
export async function keptModel({ host: { history }, state: { stateDir } }: Context): Promise<Model | undefined> {
  const newest = history.newest(stateDir);
  const bytes = newest && history.read(stateDir, newest.number);
  return bytes && appliedModel({ marker: newest.marker, model: bytes, enableForwarding: false });
}

/** If no number is given, -1 is the newest generation, -2 the one before. Throws `no-generation`. */
export function findGeneration(
  generations: readonly Generation[],
  number: number | undefined,
  defaultIndex: -1 | -2,
): Generation {
  const found = number === undefined ? generations.at(defaultIndex) : generations.find((one) => one.number === number);
  if (found !== undefined) return found;
  throw noGeneration(number === undefined ? 'there is no earlier generation' : `there is no generation ${number}`);
}

export const noGeneration = (message: string): Failure =>
  new Failure('no-generation', message, 'portfwd history lists the generations');

export const noRollback = (why: string): Failure =>
  new Failure(
    'no-way-back',
    `cannot use --confirm: ${why}`,
    'run portfwd apply without --confirm only if you can log in another way: nothing then reverts the change',
  );
