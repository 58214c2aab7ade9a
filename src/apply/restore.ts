import { emitJson, type EmittedJson } from '../emit/json.ts';
import type { Applied } from '../host/state/applied.ts';
import { lower } from '../lower/lower.ts';
import { enabledForwards, type Forward, type Model } from '../model/model.ts';
import { asFailure } from '../failure/failure.ts';
import { appliedModel, noWayBack } from './last-applied.ts';
import { formatFailure } from '../report/failure.ts';
import { readKernelTable } from './kernel-table.ts';
import { readFacts } from './read-on-host.ts';
import { replace } from './replace.ts';
import { retire } from './end-flows.ts';
import { REMOVAL, takeDown } from './remove.ts';
import { statePathsOf, type StateOptions, type World } from './context.ts';
import { wantedSysctls } from './sysctls/required.ts';

/** The ruleset of what was loaded before, as this host would get it now; the table's removal where there was none. */
export async function rulesetBefore(
  before: Applied | undefined,
  options: StateOptions,
  world: World,
): Promise<EmittedJson | undefined> {
  const model = await modelOf(before);
  return model && emitJson(lower(model, await readFacts(options, world)));
}

/** Throws `no-way-back`: a model that cannot be read any more is not the same as none. */
async function modelOf(before: Applied | undefined): Promise<Model | undefined> {
  if (before === undefined) return undefined;
  const model = await appliedModel(before);
  if (model !== undefined) return model;
  throw noWayBack('the model that was loaded last cannot be read any more');
}

/** As a document for nft. */
export const documentOf = (emitted: EmittedJson | undefined): string => emitted?.text ?? REMOVAL;

/**
 * After a change that failed, perhaps halfway: what is in the kernel all the same goes. False where even that
 * fails, which is said, unless it is the `cause` once more.
 */
export async function undo(
  before: Applied | undefined,
  now: Applied,
  options: StateOptions,
  world: World,
  cause: unknown,
): Promise<boolean> {
  try {
    const table = await readKernelTable(world.host.nft);
    if (table.kind === 'ours' && table.marker === now.marker) await goBack(before, now, options, world);
    return true;
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    // What made the change fail may well be in the way here too.
    if (failure.message !== asFailure(cause)?.message) world.err(`${formatFailure(failure)}\n`);
    return false;
  }
}

/** Brings kernel and memory to what was loaded before `now`, and ends the flows that only `now` made. */
export async function goBack(
  before: Applied | undefined,
  now: Applied,
  options: StateOptions,
  world: World,
): Promise<void> {
  const { host } = world;
  const { runtimeDir } = statePathsOf(options, world);
  const facts = await readFacts(options, world);
  const model = await modelOf(before);
  if (model === undefined) await takeDown(runtimeDir, host);
  else {
    const wanted = await wantedSysctls(model, facts, host.sysctl.readSaved(runtimeDir), world);
    await replace(emitJson(lower(model, facts)), wanted, runtimeDir, host);
  }
  const after: readonly Forward[] = model === undefined ? [] : enabledForwards(model);
  await retire({ before: now, after: { forwards: after }, addresses: facts.addresses, keepConnections: false }, world);
  if (before === undefined) host.applied.forget(runtimeDir);
  else host.applied.write(runtimeDir, before);
}
