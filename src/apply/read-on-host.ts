import { listensOnPort } from '../diagnose/binding.ts';
import { diagnose } from '../diagnose/diagnose.ts';
import { isError, type Finding } from '../finding/finding.ts';
import { TABLE } from '../lower/lower.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { loadModel, type LoadedModel } from './read-model.ts';
import { statePathsOf, type StateOptions, type World } from './context.ts';

export interface LoadedOnHost extends LoadedModel<HostFacts> {
  /** What the host's present state does to these forwards; of a model without errors only. */
  readonly onHost: readonly Finding[];
}

/** `loadModel`, and the host is looked at meanwhile. Works without rights too, and then knows less. */
export async function loadOnHost(
  file: string,
  options: StateOptions,
  world: World,
  text?: Uint8Array,
): Promise<LoadedOnHost> {
  const { host, env } = world;
  const loading = loadModel(file, readFacts(options, world), world, text);
  const wants = loading.then(({ model }) => (model === undefined ? nobody : listensOnPort(model)));
  const [loaded, seen] = await Promise.all([loading, host.readObservations({ ours: TABLE, wants, env })]);
  const { model, facts } = loaded;
  return { ...loaded, onHost: model === undefined ? [] : diagnose(model, facts, seen) };
}

const nobody = (): boolean => false;

/** What is refused otherwise, and said all the same: under --force, and where nothing is loaded. */
export const asWarning = (finding: Finding): Finding =>
  isError(finding) ? { ...finding, severity: 'warning' } : finding;

/** The host as it would be without portfwd. */
export const readFacts = async (options: StateOptions, world: World): Promise<HostFacts> =>
  world.host.readHostFacts(world.host.sysctl.readSaved(statePathsOf(options, world).runtimeDir));
