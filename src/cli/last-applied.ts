import type { Applied } from '../host/applied.ts';
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
  const generation = host.history.list(lasting).findLast(({ marker }) => marker === table.marker);
  const model = generation && host.history.read(lasting, generation.number);
  return model && { marker: table.marker, model, enableForwarding: false };
}
