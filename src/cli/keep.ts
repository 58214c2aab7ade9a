import type { Prepared } from '../host/durable-file.ts';
import type { Host } from '../host/host.ts';
import type { Generation } from '../host/history.ts';
import { statePathsOf, type StateOptions } from './options.ts';
import type { World } from './world.ts';

/** What has been loaded and is to stay. */
export interface Kept extends Omit<Generation, 'number' | 'time'> {
  readonly model: Uint8Array;
}

/**
 * Makes a loaded model last: the file that was edited takes its name, the history gets a generation, the log a
 * line. The rename comes first and is all that can still be refused.
 */
export async function keep(
  kept: Kept,
  prepared: Prepared | undefined,
  options: StateOptions,
  world: World,
): Promise<void> {
  const { host } = world;
  const { lasting } = statePathsOf(options, world);
  prepared?.commit();
  const number = newest(kept, lasting, host) ?? record(kept, lasting, host);
  await host.audit(`${kept.command} by ${kept.user}: generation ${number}, ${kept.forwards} forwards, ${kept.marker}`);
}

const record = ({ model, ...about }: Kept, lasting: string, { history, now }: Host): number =>
  history.record(lasting, model, { ...about, time: new Date(now()).toISOString() });

/** The same once more is no new generation. */
function newest({ marker, file, model }: Kept, lasting: string, { history }: Host): number | undefined {
  const last = history.newest(lasting);
  if (last?.marker !== marker || last.file !== file) return undefined;
  const bytes = history.read(lasting, last.number);
  return bytes !== undefined && Buffer.compare(bytes, model) === 0 ? last.number : undefined;
}
