import { emitJson, type EmittedJson } from '../emit/json.ts';
import { isError, type Finding } from '../finding/finding.ts';
import { Failure } from '../host/failure.ts';
import type { Nft } from '../host/nft.ts';
import { lower } from '../lower/lower.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { enabledForwards, type Model } from '../model/model.ts';
import { blame } from './blame.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { asWarning, hostFindings } from './host-findings.ts';
import { loadModel, reportFindings, type LoadedModel } from './load-model.ts';
import { configPath, statePathsOf, type ConfigOptions, type StateOptions } from './options.ts';
import { readFacts } from './read-facts.ts';
import { replace } from './replace.ts';
import { requireForwarding } from './require-forwarding.ts';
import { retire } from './retire.ts';
import { wantedSysctls } from './wanted-sysctls.ts';
import type { World } from './world.ts';

interface Options extends ConfigOptions, StateOptions {
  readonly dryRun?: boolean;
  readonly enableForwarding?: boolean;
  readonly force?: boolean;
  readonly keepConnections?: boolean;
}

export async function apply(file: string | undefined, options: Options, world: World): Promise<ExitCode> {
  const loaded = await loadModel(configPath(file, options, world), readFacts(options, world), world);
  const findings = [...loaded.findings, ...(await foundOnHost(loaded, options, world))];
  reportFindings({ ...loaded, findings }, options.json === true, world);
  if (loaded.model === undefined || findings.some(isError)) return EXIT.findings;
  const model: Model = options.enableForwarding === true ? { ...loaded.model, forwarding: 'enable' } : loaded.model;
  requireForwarding(model, loaded.facts);
  const emitted = emitJson(lower(model, loaded.facts));
  const sound = { ...loaded, model };
  await explained(sound, world.host.nft, async () =>
    options.dryRun === true ? world.host.nft.check(emitted.text) : change(sound, emitted, options, world),
  );
  report(model, emitted, options, world);
  return EXIT.ok;
}

type Sound = LoadedModel<HostFacts> & { readonly model: Model };

/** Only of a model without errors: what is wrong with the file comes first. */
async function foundOnHost(
  { model, facts }: LoadedModel<HostFacts>,
  options: Options,
  world: World,
): Promise<Finding[]> {
  const findings = model === undefined ? [] : await hostFindings(model, facts, world);
  return options.force === true ? findings.map(asWarning) : findings;
}

/** One run at a time: the ruleset and its sysctls, then the flows that went another way until now. */
async function change(
  { model, facts, bytes }: Sound,
  emitted: EmittedJson,
  options: Options,
  world: World,
): Promise<void> {
  const { host } = world;
  const directory = statePathsOf(options, world).volatile;
  await host.withLock(directory, async () => {
    const before = host.applied.read(directory);
    const wanted = await wantedSysctls(model, facts, host.sysctl.readRemembered(directory), world);
    await replace(emitted, wanted, directory, host);
    const after = { bytes, forwards: enabledForwards(model) };
    await retire(
      { before, after, addresses: facts.addresses, keepConnections: options.keepConnections === true },
      world,
    );
    host.applied.write(directory, { marker: emitted.marker, model: bytes });
  });
}

/** Adds the forward and its line to what nft says, where it can be found out. */
async function explained({ model, facts, file, locate }: Sound, nft: Nft, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'rejected') throw error;
    const forward = await blame(model, facts, nft);
    if (forward === undefined) throw error;
    throw new Failure(
      'rejected',
      `nft refused the forward ${forward.name} (${file}:${locate(forward).line}); nothing was changed`,
      'change or remove that forward',
      error.detail,
    );
  }
}

function report(model: Model, { marker }: EmittedJson, { dryRun = false, json }: Options, { out }: World): void {
  const count = enabledForwards(model).length;
  if (json === true) out(`${JSON.stringify({ applied: !dryRun, forwards: count, marker })}\n`);
  else out(`${count} ${count === 1 ? 'forward' : 'forwards'} ${dryRun ? 'would be loaded' : 'loaded'}\n`);
}
