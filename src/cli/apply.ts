import type { Command } from 'commander';
import { emitJson, type EmittedJson } from '../emit/json.ts';
import { Failure } from '../host/failure.ts';
import type { Nft } from '../host/nft.ts';
import { lower } from '../lower/lower.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { enabledForwards, type Model } from '../model/model.ts';
import { blame } from './blame.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { readKernelTable } from './kernel-table.ts';
import { loadModel, reportFindings, type LoadedModel } from './load-model.ts';
import {
  configPath,
  examples,
  statePathsOf,
  withConfig,
  withJson,
  withState,
  type ConfigOptions,
  type StateOptions,
} from './options.ts';
import { refuseForeign } from './refuse-foreign.ts';
import type { World } from './world.ts';

interface Options extends ConfigOptions, StateOptions {
  readonly dryRun?: boolean;
}

export const applyCommand = (program: Command): Command =>
  withState(withJson(withConfig(program.command('apply'))))
    .description('load the forwards into the kernel, all of them in one transaction')
    .argument('[file]', 'the file with the forwards')
    .option('--dry-run', 'check everything, let nft try it in a namespace of its own, change nothing')
    .addHelpText('after', examples('portfwd apply', 'portfwd apply --dry-run ./forwards.yaml'));

export async function apply(file: string | undefined, options: Options, world: World): Promise<ExitCode> {
  const { host } = world;
  const facts = await host.readHostFacts();
  const loaded = loadModel(configPath(file, options, world), facts, world);
  const { model } = loaded;
  reportFindings(loaded, options.json === true, world);
  if (model === undefined) return EXIT.findings;
  const emitted = emitJson(lower(model, facts));
  await explained(loaded, model, facts, host.nft, async () =>
    options.dryRun === true
      ? host.nft.check(emitted.text)
      : host.withLock(statePathsOf(options, world).volatile, () => replace(emitted, host.nft)),
  );
  report(model, emitted, options, world);
  return EXIT.ok;
}

/** Loads, and believes the kernel rather than nft's exit code: the marker that we meant must be there. */
async function replace({ text, marker }: EmittedJson, nft: Nft): Promise<void> {
  await refuseForeign(nft);
  await nft.load(text);
  const table = await readKernelTable(nft);
  if (table.kind === 'ours' && table.marker === marker) return;
  throw new Failure(
    'not-loaded',
    'nft reported success, but the kernel does not hold the ruleset',
    'run portfwd status, then portfwd apply again',
  );
}

/** Adds the forward and its line to what nft says, where it can be found out. */
async function explained(
  loaded: LoadedModel,
  model: Model,
  facts: HostFacts,
  nft: Nft,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'rejected') throw error;
    const forward = await blame(model, facts, nft);
    if (forward === undefined) throw error;
    const { line } = loaded.locate(forward);
    throw new Failure(
      'rejected',
      `nft refused the forward ${forward.name} (${loaded.file}:${line}); nothing was changed`,
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
