import type { Applied } from '../host/state/applied.ts';
import type { Prepared } from '../host/files/durable-file.ts';
import type { BootChange } from './boot/prepare.ts';
import type { Host } from '../host/host.ts';
import type { Generation } from '../host/state/history.ts';
import { statePathsOf, type StateOptions, type World } from './context.ts';

/** What has been loaded and is to stay. */
export interface Kept extends Omit<Generation, 'number' | 'time'> {
  readonly model: Uint8Array;
}

/** What takes its name when it is kept. */
export interface Lasting {
  /** The model file, where it was edited. */
  readonly file?: Prepared | undefined;
  readonly boot?: BootChange | undefined;
}

/**
 * Makes a loaded model last: the history gets a generation, the file that was edited and what loads at boot
 * take their names, the log gets a line. Each can be refused still (no space, a file that cannot be replaced), and
 * then none is so.
 */
export async function keep(kept: Kept, { file, boot }: Lasting, options: StateOptions, world: World): Promise<void> {
  const { host } = world;
  const { stateDir } = statePathsOf(options, world);
  const known = newest(kept, stateDir, host);
  const number = known ?? record(kept, stateDir, host);
  try {
    boot?.commit();
    commitOr(() => boot?.revert(), file);
  } catch (error) {
    if (known === undefined) host.history.forget(stateDir, number);
    throw error;
  }
  await host.syslog(`${kept.command} by ${kept.user}: generation ${number}, ${kept.forwards} forwards, ${kept.marker}`);
  await boot?.settle();
}

function commitOr(undo: () => void, file: Prepared | undefined): void {
  try {
    file?.commit();
  } catch (error) {
    undo();
    throw error;
  }
}

/** What the history keeps of what was loaded. */
export const keptAs = ({ marker, model, enableForwarding }: Applied): Pick<Kept, keyof Applied> => ({
  marker,
  model,
  ...(enableForwarding ? { enableForwarding } : {}),
});

const record = ({ model, ...about }: Kept, stateDir: string, { history }: Host): number =>
  history.record(stateDir, model, about);

/** The same once more is no new generation. */
function newest({ marker, file, model }: Kept, stateDir: string, { history }: Host): number | undefined {
  const last = history.newest(stateDir);
  if (last?.marker !== marker || last.file !== file) return undefined;
  const bytes = history.read(stateDir, last.number);
  return bytes !== undefined && Buffer.compare(bytes, model) === 0 ? last.number : undefined;
}
