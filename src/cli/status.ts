import type { Command } from 'commander';
import { emitJson } from '../emit/json.ts';
import { lower } from '../lower/lower.ts';
import { enabledForwards } from '../model/model.ts';
import { readDrift, type TableState } from './drift.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { loadModel, reportFindings } from './load-model.ts';
import { configPath, examples, withConfig, withJson, type ConfigOptions } from './options.ts';
import type { World } from './world.ts';

export const statusCommand = (program: Command): Command =>
  withJson(withConfig(program.command('status')))
    .description('tell whether the kernel holds what the file says; exit 1 when it does not')
    .argument('[file]', 'the file with the forwards')
    .addHelpText('after', examples('portfwd status', 'portfwd status --json'));

export async function status(file: string | undefined, options: ConfigOptions, world: World): Promise<ExitCode> {
  const facts = await world.host.readHostFacts();
  const loaded = loadModel(configPath(file, options, world), facts, world);
  const { model } = loaded;
  if (model === undefined) {
    reportFindings(loaded, options.json === true, world);
    return EXIT.findings;
  }
  const state = await readDrift(emitJson(lower(model, facts)), world.host.nft);
  const forwards = enabledForwards(model).length;
  if (options.json === true) world.out(`${JSON.stringify({ file: loaded.file, state, forwards })}\n`);
  else world.out(`${state}: ${EXPLANATIONS[state]}\n`);
  return state === 'in sync' ? EXIT.ok : EXIT.findings;
}

const EXPLANATIONS: Record<TableState, string> = {
  'in sync': 'the kernel holds what the file says',
  drifted: 'the kernel holds another ruleset than the file and this host call for; portfwd apply replaces it',
  missing: 'the kernel holds no forwards; portfwd apply loads them',
  foreign: 'the kernel holds a table inet portfwd that portfwd did not make; it is left alone',
};
