import { TABLE } from '../../lower/lower.ts';
import { enabledForwards } from '../../model/model.ts';
import { bootState, type BootState } from '../../apply/boot/state.ts';
import { criticalGaps } from '../../apply/sysctls/guards.ts';
import { painter } from '../format/lines.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { explanationOf, formatState, stateJson } from '../format/state.ts';
import { readKernelTable } from '../../apply/kernel-table.ts';
import { loadModel, reportFindings } from '../../apply/read-model.ts';
import { statePathsOf, type StateOptions, type World } from '../../apply/context.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import { presentState } from '../../status/state.ts';
import { readFacts } from '../../apply/read-on-host.ts';

export async function status(
  file: string | undefined,
  options: ConfigOptions & StateOptions,
  world: World,
): Promise<ExitCode> {
  const loaded = await loadModel(configPath(file, options, world), readFacts(options, world), world);
  const { model } = loaded;
  if (model === undefined) {
    reportFindings(loaded, options.json === true, world);
    return EXIT.findings;
  }
  const { host, out } = world;
  const found = await presentState({ ...loaded, model }, options, world);
  const saved = host.sysctl.readSaved(statePathsOf(options, world).runtimeDir);
  const boot = bootState(await readKernelTable(host.nft), options, world);
  const critical = criticalGaps(saved, (await host.nft.chainNames(TABLE.name)) ?? [], host.sysctl.read);
  const forwards = enabledForwards(model).length;
  if (options.json === true)
    out(
      `${JSON.stringify({ file: loaded.file, state: found.state, critical, boot, forwards, ...stateJson(found) })}\n`,
    );
  else
    out(
      [
        `${found.state}: ${explanationOf(found)}`,
        ...critical.map((gap) => `critical: ${gap}; run portfwd apply, or portfwd down`),
        ...formatState(found, painter(world)),
        ...formatBoot(boot),
        '',
      ].join('\n'),
    );
  return found.state === 'in sync' && critical.length + boot.problems.length === 0 ? EXIT.ok : EXIT.findings;
}

const formatBoot = ({ enabled, problems }: BootState): string[] => {
  if (!enabled) return ['boot: the forwards do not come back; portfwd enable sees to it'];
  return problems.length === 0
    ? ['boot: the forwards come back']
    : problems.map((problem) => `boot: ${problem}; run portfwd enable`);
};
