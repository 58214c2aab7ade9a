import type { Prepared } from '../../host/files/durable-file.ts';
import type { KeptFile } from '../../host/files/write-config-file.ts';
import type { Applied } from '../../host/state/applied.ts';
import type { Generation } from '../../host/state/history.ts';
import { enabledForwards } from '../../model/model.ts';
import type { BootFiles } from '../boot/install.ts';
import type { Change } from '../change.ts';
import type { Context } from '../context.ts';
import { orReport } from '../or-report.ts';

/** A loaded model that becomes a generation of the history. */
export interface NewGeneration extends Omit<Generation, 'number' | 'time'> {
  readonly model: Uint8Array;
}

/** Files that are fully written under temporary names; the commit renames them into place. */
export interface PreparedFiles {
  /** The model files, if they were edited. */
  readonly config?: Prepared | undefined;
  /** Where previous versions of them are then. */
  readonly kept?: readonly KeptFile[] | undefined;
  readonly boot?: BootFiles | undefined;
}

/**
 * Makes a loaded model permanent: adds a generation to the history, renames the edited model file and the boot files
 * into place, writes a line to the system log. If a step fails, the earlier ones are undone.
 */
export async function commitGeneration(
  generation: NewGeneration,
  { config, kept = [], boot }: PreparedFiles,
  ctx: Context,
): Promise<void> {
  const { host, report } = ctx;
  const { stateDir } = ctx.state;
  const same = sameAsNewest(generation, stateDir, host.history);
  const { model, ...about } = generation;
  const number = same ?? host.history.record(stateDir, model, about);
  try {
    boot?.commit();
    await commitOrUndo(config, () => boot?.revert(), ctx);
  } catch (error) {
    if (same === undefined) await orReport(() => host.history.forget(stateDir, number), ctx);
    throw error;
  }
  for (const { path, keep } of kept) report.fileKept(path, keep);
  const { command, user, forwards, marker } = generation;
  await host.syslog(`${command} by ${user}: generation ${number}, ${forwards} forwards, ${marker}`);
  await boot?.startService();
}

async function commitOrUndo(file: Prepared | undefined, undo: () => void, ctx: Context): Promise<void> {
  try {
    file?.commit();
  } catch (error) {
    await orReport(undo, ctx);
    throw error;
  }
}

export const newGeneration = ({ file, command, user, model, identity }: Change, applied: Applied): NewGeneration => ({
  file,
  command,
  user,
  forwards: enabledForwards(model).length,
  ...identity,
  ...recorded(applied),
});

/** What the history records of a loaded model. */
export const recorded = ({ marker, model, enableForwarding }: Applied): Pick<NewGeneration, keyof Applied> => ({
  marker,
  model,
  ...(enableForwarding ? { enableForwarding } : {}),
});

type Loaded = Pick<NewGeneration, 'marker' | 'file' | 'model'>;

/** Loading the same again makes no new generation, and writes nothing. */
export const isNewestGeneration = (loaded: Loaded, { host, state }: Context): boolean =>
  sameAsNewest(loaded, state.stateDir, host.history) !== undefined;

function sameAsNewest(
  { marker, file, model }: Loaded,
  stateDir: string,
  history: Context['host']['history'],
): number | undefined {
  const newest = history.newest(stateDir);
  if (newest?.marker !== marker || newest.file !== file) return undefined;
  const bytes = history.read(stateDir, newest.number);
  return bytes !== undefined && Buffer.compare(bytes, model) === 0 ? newest.number : undefined;
}
