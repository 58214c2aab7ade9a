import type { Applied } from '../host/applied.ts';
import type { Host } from '../host/host.ts';
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

/** What made the table that has this marker, as far as anything remembers it. */
export function appliedAs(marker: string, options: StateOptions, world: World): Applied | undefined {
  const { volatile, lasting } = statePathsOf(options, world);
  const known = world.host.applied.read(volatile);
  return known?.marker === marker ? known : generationWith(marker, lasting, world.host);
}

function generationWith(marker: string, lasting: string, { history }: Host): Applied | undefined {
  const generation = history.list(lasting).findLast((one) => one.marker === marker);
  const model = generation && history.read(lasting, generation.number);
  return model && { marker, model, enableForwarding: false };
}
