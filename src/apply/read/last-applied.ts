import { Failure } from '../../failure/failure.ts';
import { isError } from '../../finding/finding.ts';
import type { Applied } from '../../host/state/applied.ts';
import type { Generation } from '../../host/state/history.ts';
import type { Model } from '../../model/model.ts';
import type { Context } from '../context.ts';
import type { KernelTable } from './kernel-table.ts';
import { parseBytes } from './read-model.ts';

/** What was loaded last. After a reboot it is looked up in the history, by the marker in the kernel. */
export function lastApplied(table: KernelTable, ctx: Context): Applied | undefined {
  const recorded = ctx.host.applied.read(ctx.state.runtimeDir);
  if (recorded !== undefined || table.kind !== 'ours') return recorded;
  return generationWith(table.marker, ctx);
}

/**
 * What a rollback restores: the ruleset in the kernel if it is on record, otherwise the one that was loaded last. Throws
 * `no-way-back` if the kernel holds a ruleset of ours and nothing is on record.
 */
export function lastRestorable(table: KernelTable, ctx: Context): Applied | undefined {
  const recorded = ctx.host.applied.read(ctx.state.runtimeDir);
  if (table.kind !== 'ours' || table.marker === recorded?.marker) return recorded;
  const restorable = generationWith(table.marker, ctx) ?? recorded;
  if (restorable !== undefined) return restorable;
  throw noRollback('the loaded ruleset is not in the history, so it could not be restored');
}

/** What was loaded as the ruleset with this marker, if it is on record. */
export function appliedAs(marker: string, ctx: Context): Applied | undefined {
  const recorded = ctx.host.applied.read(ctx.state.runtimeDir);
  return recorded?.marker === marker ? recorded : generationWith(marker, ctx);
}

function generationWith(marker: string, { host: { history }, state: { stateDir } }: Context): Applied | undefined {
  const generation = [...history.list(stateDir)].reverse().find((one) => one.marker === marker);
  const model = generation && history.read(stateDir, generation.number);
  return model && { marker, model, enableForwarding: generation.enableForwarding === true };
}

/** Undefined if the model has errors now: it is damaged, or was written for another version of portfwd. */
export async function appliedModel({ model: bytes, enableForwarding }: Applied): Promise<Model | undefined> {
  const { model, findings } = await parseBytes(bytes);
  if (findings.some(isError)) return undefined;
  return model && enableForwarding ? { ...model, forwarding: 'enable' } : model;
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
  new Failure('no-way-back', `cannot use --confirm: ${why}`, 'run portfwd apply without --confirm');
