import { Failure } from '../../failure/failure.ts';
import { isError } from '../../finding/finding.ts';
import type { Applied } from '../../host/state/applied.ts';
import type { Generation } from '../../host/state/history.ts';
import type { Model } from '../../model/model.ts';
import type { Context } from '../context.ts';
import type { KernelTable } from './kernel-table.ts';
import { parseBytes } from './read-model.ts';

/** What was loaded last. After a reboot only the history knows it, by the marker in the kernel. */
export function lastApplied(table: KernelTable, ctx: Context): Applied | undefined {
  const recorded = ctx.host.applied.read(ctx.state.runtimeDir);
  if (recorded !== undefined || table.kind !== 'ours') return recorded;
  return generationWith(table.marker, ctx);
}

/**
 * What a rollback restores: what the kernel holds, if state or history know it, else what was loaded last. Throws
 * `no-way-back` if the kernel holds a ruleset of ours that neither knows.
 */
export function lastRestorable(table: KernelTable, ctx: Context): Applied | undefined {
  const recorded = ctx.host.applied.read(ctx.state.runtimeDir);
  if (table.kind !== 'ours' || table.marker === recorded?.marker) return recorded;
  const restorable = generationWith(table.marker, ctx) ?? recorded;
  if (restorable !== undefined) return restorable;
  throw noRollback('the loaded ruleset is not in the history, so it could not be restored');
}

/** What was loaded as the ruleset with this marker, if state or history know it. */
export function appliedAs(marker: string, ctx: Context): Applied | undefined {
  const recorded = ctx.host.applied.read(ctx.state.runtimeDir);
  return recorded?.marker === marker ? recorded : generationWith(marker, ctx);
}

function generationWith(marker: string, { host: { history }, state: { stateDir } }: Context): Applied | undefined {
  const generation = [...history.list(stateDir)].reverse().find((one) => one.marker === marker);
  const model = generation && history.read(stateDir, generation.number);
  return model && { marker, model, enableForwarding: generation.enableForwarding === true };
}

/** Undefined if the model is not free of errors any more: damaged, or written for another version of portfwd. */
export async function appliedModel({ model: bytes, enableForwarding }: Applied): Promise<Model | undefined> {
  const { model, findings } = await parseBytes(bytes);
  if (findings.some(isError)) return undefined;
  return model && enableForwarding ? { ...model, forwarding: 'enable' } : model;
}

/** Without a number: counted from the newest, which is -1. Throws `no-generation`. */
export function findGeneration(
  generations: readonly Generation[],
  number: number | undefined,
  otherwise: -1 | -2,
): Generation {
  const found = number === undefined ? generations.at(otherwise) : generations.find((one) => one.number === number);
  if (found !== undefined) return found;
  throw noGeneration(number === undefined ? 'there is no earlier generation' : `there is no generation ${number}`);
}

export const noGeneration = (message: string): Failure =>
  new Failure('no-generation', message, 'portfwd history lists the generations');

export const noRollback = (why: string): Failure =>
  new Failure('no-way-back', `cannot use --confirm: ${why}`, 'run portfwd apply without --confirm');
