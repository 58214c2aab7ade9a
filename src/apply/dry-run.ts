import type { EmittedJson } from '../emit/json.ts';
import { Failure } from '../failure/failure.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Model } from '../model/model.ts';
import { documentOf, rulesetBefore } from './restore.ts';
import { readKernelTable, refuseForeign } from './kernel-table.ts';
import { lastConfirmed } from './last-applied.ts';
import { statePathsOf, type StateOptions, type World } from './context.ts';
import { planSysctls } from './sysctls/plan.ts';
import { wantedSysctls } from './sysctls/required.ts';
import { refuseOpenWindow } from './confirm/pending.ts';

interface Rehearsed {
  /** The model file. */
  readonly file: string;
  readonly model: Model;
  readonly facts: HostFacts;
  readonly emitted: EmittedJson;
  /** The file is to be replaced. */
  readonly isEdited: boolean;
}

interface Options extends StateOptions {
  readonly adopt?: boolean;
  readonly confirm?: number;
}

/**
 * Throws whatever a load would be refused for, as far as that shows without loading, and changes nothing. False:
 * without rights the kernel's tables are not shown, and who has none does not write the files either.
 */
export async function rehearse(rehearsed: Rehearsed, options: Options, world: World): Promise<boolean> {
  const { host } = world;
  const { model, facts, emitted } = rehearsed;
  const { stateDir, runtimeDir } = statePathsOf(options, world);
  refuseOpenWindow(stateDir, host);
  const saved = host.sysctl.readSaved(runtimeDir);
  const sysctls = planSysctls(await wantedSysctls(model, facts, saved, world), saved, host.sysctl.read);
  await host.nft.check(emitted.text);
  if (!(await mayLoad(options, world))) return false;
  for (const [path, value] of [...sysctls.restore, ...sysctls.set]) host.inspect.sysctl(path, value);
  for (const directory of [runtimeDir, stateDir]) host.inspect.directory(directory);
  host.inspect.history(stateDir);
  if (rehearsed.isEdited) host.inspect.configFile(rehearsed.file);
  if (options.confirm !== undefined)
    await host.nft.check(documentOf(await rulesetBefore(await lastConfirmed(options, world), options, world)));
  return true;
}

async function mayLoad({ adopt }: Options, { host }: World): Promise<boolean> {
  try {
    await (adopt === true ? readKernelTable : refuseForeign)(host.nft);
    return true;
  } catch (error) {
    if (error instanceof Failure && error.reason === 'permission') return false;
    throw error;
  }
}
