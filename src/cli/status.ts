import { TABLE } from '../lower/lower.ts';
import { enabledForwards } from '../model/model.ts';
import { bootState, type BootState } from './boot-state.ts';
import { compareKernel, type KernelComparison } from './compare-kernel.ts';
import { criticalGaps } from './critical-gaps.ts';
import type { TableState } from './drift.ts';
import { changeJson, tableJson } from './drift-json.ts';
import { painter } from './colour.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { formatDrift } from './format-drift.ts';
import { readKernelTable } from './kernel-table.ts';
import { loadModel, reportFindings } from './load-model.ts';
import { configPath, statePathsOf, type ConfigOptions, type StateOptions } from './options.ts';
import { readFacts } from './read-facts.ts';
import type { World } from './world.ts';

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
  const found = await compareKernel({ ...loaded, model }, options, world);
  const remembered = host.sysctl.readRemembered(statePathsOf(options, world).volatile);
  const boot = bootState(await readKernelTable(host.nft), options, world);
  const critical = criticalGaps(remembered, (await host.nft.chainNames(TABLE.name)) ?? [], host.sysctl.read);
  const forwards = enabledForwards(model).length;
  if (options.json === true)
    out(
      `${JSON.stringify({ file: loaded.file, state: found.state, critical, boot, forwards, ...driftJson(found) })}\n`,
    );
  else
    out(
      [
        `${found.state}: ${EXPLANATIONS[found.state]}`,
        ...critical.map((gap) => `critical: ${gap}; run portfwd apply, or portfwd down`),
        ...(found.state === 'drifted' ? formatDrift(found, painter(world)) : []),
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

const EXPLANATIONS: Record<TableState, string> = {
  'in sync': 'the kernel holds what the file says',
  drifted: 'the kernel holds another ruleset than the file and this host call for; portfwd apply replaces it',
  missing: 'the kernel holds no forwards; portfwd apply loads them',
  foreign:
    'the kernel holds a table inet portfwd that portfwd did not make; it is left alone (portfwd apply --adopt replaces it)',
};

/** `file` tells what the file changes, `kernel` what the table has that was not loaded. */
const driftJson = (found: KernelComparison) =>
  found.state === 'drifted'
    ? {
        causes: found.causes,
        changes: { forwards: found.model?.changes.map(changeJson) ?? [], settings: found.model?.settings ?? [] },
        kernel: tableJson(found.table),
      }
    : {};
