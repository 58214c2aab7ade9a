import { emitJson } from '../../emit/json.ts';
import { isError } from '../../finding/finding.ts';
import { lower } from '../../lower/lower.ts';
import { enabledForwards, type Model } from '../../model/model.ts';
import { compareForwards } from '../../compare/forwards.ts';
import { painter } from '../format/lines.ts';
import { compareKernel, type KernelComparison } from '../../status/kernel.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { failureJson } from '../../report/failure.ts';
import { formatPlan, planJson, type Plan } from '../format/plan.ts';
import { forwardStates } from '../../status/forwards.ts';
import { loadOnHost } from '../../apply/read-on-host.ts';
import { reportFindings } from '../../apply/read-model.ts';
import { newsOf } from '../../apply/new-notes.ts';
import type { StateOptions, World } from '../../apply/context.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import { plannedSysctls } from '../../apply/sysctls/plan.ts';
import { foreignTable } from '../../apply/kernel-table.ts';

interface Options extends ConfigOptions, StateOptions {
  readonly enableForwarding?: boolean;
}

/** Reads the file and the kernel, takes no lock, changes nothing. */
export async function plan(file: string | undefined, options: Options, world: World): Promise<ExitCode> {
  const loaded = await loadOnHost(configPath(file, options, world), options, world);
  const findings = [...loaded.findings, ...loaded.onHost];
  if (loaded.model === undefined) {
    reportFindings({ ...loaded, findings }, options.json === true, world);
    return EXIT.findings;
  }
  const model: Model = options.enableForwarding === true ? { ...loaded.model, forwarding: 'enable' } : loaded.model;
  const meant = { ...loaded, model };
  const news = newsOf(findings, () => emitJson(lower(model, loaded.facts)).marker, options, world);
  reportFindings({ ...loaded, findings: news }, options.json === true, world);
  const kernel = await compareKernel(meant, options, world);
  const planned = planFor(model, kernel, await plannedSysctls(meant, options, world));
  const refused = planned.refusal !== undefined || findings.some(isError);
  if (options.json === true) {
    const refusal = planned.refusal === undefined ? null : failureJson(planned.refusal).failure;
    world.out(`${JSON.stringify({ file: loaded.file, state: kernel.state, ...planJson(planned), refusal })}\n`);
  } else world.out(formatPlan(planned, painter(world)));
  return planned.wouldChange || refused ? EXIT.findings : EXIT.ok;
}

function planFor(
  model: Model,
  kernel: KernelComparison,
  { sysctls, refusal }: Awaited<ReturnType<typeof plannedSysctls>>,
): Plan {
  const stateOf = forwardStates(kernel);
  const changes = kernel.state === 'drifted' ? kernel.model : fromNothing(kernel, model);
  const table = kernel.state === 'drifted' ? kernel.table : { mappings: [], objects: [] };
  return {
    wouldChange: kernel.state !== 'in sync' || sysctls.length > 0,
    causes: kernel.state === 'drifted' ? kernel.causes : [],
    changes: changes?.changes ?? [],
    settings: changes?.settings ?? [],
    table,
    sysctls,
    unchanged: enabledForwards(model).filter((forward) => stateOf(forward) === 'in sync').length,
    refusal: kernel.state === 'foreign' ? foreignTable() : refusal,
  };
}

/** Of a foreign table nothing stays. */
const fromNothing = ({ state }: KernelComparison, model: Model) =>
  state === 'in sync' ? undefined : { ...compareForwards([], enabledForwards(model)), settings: [] };
