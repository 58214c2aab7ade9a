import type { Applied } from '../host/applied.ts';
import type { Host } from '../host/host.ts';
import { noWayBack } from './no-way-back.ts';
import { readKernelTable } from './kernel-table.ts';
import { statePathsOf, type StateOptions } from './options.ts';
import type { World } from './world.ts';

/**
 * What was loaded last. After a restart nothing says so but the marker in the kernel, which the history knows.
 */
export async function lastApplied(options: StateOptions, { env, host, ...rest }: World): Promise<Applied | undefined> {
  const { volatile, lasting } = statePathsOf(options, { env, host, ...rest });
  const known = host.applied.read(volatile);
  if (known !== undefined) return known;
  const table = await readKernelTable(host.nft);
  if (table.kind !== 'ours') return undefined;
  return generationWith(table.marker, lasting, host);
}

/**
 * What to go back to: what the kernel holds, as far as anything remembers it, else what was loaded last. Throws
 * `no-way-back` where the kernel holds forwards of ours that nothing remembers.
 */
export async function lastConfirmed(options: StateOptions, world: World): Promise<Applied | undefined> {
  const { volatile, lasting } = statePathsOf(options, world);
  const known = world.host.applied.read(volatile);
  const table = await readKernelTable(world.host.nft);
  if (table.kind !== 'ours' || table.marker === known?.marker) return known;
  const before = generationWith(table.marker, lasting, world.host) ?? known;
  if (before !== undefined) return before;
  throw noWayBack('the kernel holds forwards that nothing here remembers');
}

/** What made the table that has this marker, as far as anything remembers it. */
export function appliedAs(marker: string, options: StateOptions, world: World): Applied | undefined {
  const { volatile, lasting } = statePathsOf(options, world);
  const known = world.host.applied.read(volatile);
  return known?.marker === marker ? known : generationWith(marker, lasting, world.host);
}

function generationWith(marker: string, lasting: string, { history }: Host): Applied | undefined {
  const generation = history.list(lasting).findLast((one) => one.marker === marker);
  const model = generation && history.read(lasting, generation.number);
  return model && { marker, model, enableForwarding: generation.enableForwarding === true };
}
