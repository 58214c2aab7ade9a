import type { Applied } from '../host/state/applied.ts';
import type { Host } from '../host/host.ts';
import { readKernelTable } from './kernel-table.ts';
import { statePathsOf, type StateOptions, type World } from './context.ts';
import { isError } from '../finding/finding.ts';
import type { Model } from '../model/model.ts';
import { parseBytes } from './read-model.ts';
import { Failure } from '../failure/failure.ts';
import type { Generation } from '../host/state/history.ts';

/**
 * What was loaded last. After a restart nothing says so but the marker in the kernel, which the history knows.
 */
export async function lastApplied(options: StateOptions, { env, host, ...rest }: World): Promise<Applied | undefined> {
  const { runtimeDir, stateDir } = statePathsOf(options, { env, host, ...rest });
  const known = host.applied.read(runtimeDir);
  if (known !== undefined) return known;
  const table = await readKernelTable(host.nft);
  if (table.kind !== 'ours') return undefined;
  return generationWith(table.marker, stateDir, host);
}

/**
 * What to go back to: what the kernel holds, as far as anything remembers it, else what was loaded last. Throws
 * `no-way-back` where the kernel holds forwards of ours that nothing remembers.
 */
export async function lastConfirmed(options: StateOptions, world: World): Promise<Applied | undefined> {
  const { runtimeDir, stateDir } = statePathsOf(options, world);
  const known = world.host.applied.read(runtimeDir);
  const table = await readKernelTable(world.host.nft);
  if (table.kind !== 'ours' || table.marker === known?.marker) return known;
  const before = generationWith(table.marker, stateDir, world.host) ?? known;
  if (before !== undefined) return before;
  throw noWayBack('the kernel holds forwards that nothing here remembers');
}

/** What made the table that has this marker, as far as anything remembers it. */
export function appliedAs(marker: string, options: StateOptions, world: World): Applied | undefined {
  const { runtimeDir, stateDir } = statePathsOf(options, world);
  const known = world.host.applied.read(runtimeDir);
  return known?.marker === marker ? known : generationWith(marker, stateDir, world.host);
}

function generationWith(marker: string, stateDir: string, { history }: Host): Applied | undefined {
  const generation = [...history.list(stateDir)].reverse().find((one) => one.marker === marker);
  const model = generation && history.read(stateDir, generation.number);
  return model && { marker, model, enableForwarding: generation.enableForwarding === true };
}

/**
 * What was loaded was without errors on that day. Undefined where it isn't any more, damaged or under another
 * version: the forwards that can be read still are not what was loaded.
 */
export async function appliedModel({ model: bytes, enableForwarding }: Applied): Promise<Model | undefined> {
  const { model, findings } = await parseBytes(bytes);
  if (findings.some(isError)) return undefined;
  return model && enableForwarding ? { ...model, forwarding: 'enable' } : model;
}

/** Without a number: so many from the newest, which is -1. Throws `no-generation`. */
export function findGeneration(
  generations: readonly Generation[],
  number: number | undefined,
  otherwise: -1 | -2,
): Generation {
  const found = number === undefined ? generations.at(otherwise) : generations.find((one) => one.number === number);
  if (found !== undefined) return found;
  throw noGeneration(number === undefined ? 'there is no earlier generation' : `there is no generation ${number}`);
}

export const noGeneration = (message: string): Failure => new Failure('no-generation', message, 'see portfwd history');

/** A change cannot be for now where what was there before cannot be made again. */
export const noWayBack = (why: string): Failure =>
  new Failure('no-way-back', `there would be no way back: ${why}`, 'run portfwd apply without --confirm');
