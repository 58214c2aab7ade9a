import { Failure } from '../../failure/failure.ts';
import { formatListen, formatTarget, type Forward } from '../../model/model.ts';
import type { Meant } from '../../apply/change.ts';
import type { TableState } from '../../status/kernel.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { formatTable } from '../format/table.ts';
import { forwardJson } from '../../model/forward-values.ts';
import { forwardStates, unfitForwards } from '../../status/forwards.ts';
import { loadModel, reportFindings } from '../../apply/read-model.ts';
import type { StateOptions, World } from '../../apply/context.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import { presentState } from '../../status/state.ts';
import { readFacts } from '../../apply/read-on-host.ts';

/** Works without rights too; then the kernel's side is unknown. */
export async function list(
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
  const { kernel, stateOf } = await kernelStates({ ...loaded, model }, options, world);
  if (options.json === true) {
    const forwards = model.forwards.map((forward) => ({ ...forwardJson(forward), kernel: stateOf(forward) }));
    world.out(`${JSON.stringify({ file: loaded.file, kernel, forwards })}\n`);
  } else world.out(formatTable([HEAD, ...model.forwards.map((forward) => row(forward, stateOf(forward)))]));
  return EXIT.ok;
}

interface KernelStates {
  /** Of all that is there. */
  readonly kernel: TableState | 'unknown';
  readonly stateOf: (forward: Forward) => TableState | 'unknown' | 'disabled';
}

async function kernelStates(meant: Meant, options: StateOptions, world: World): Promise<KernelStates> {
  const of = (kernel: KernelStates['kernel'], stateOf: KernelStates['stateOf']): KernelStates => ({
    kernel,
    stateOf: (forward) => (forward.enabled ? stateOf(forward) : 'disabled'),
  });
  try {
    const { state, kernel, meant: loaded } = await presentState(meant, options, world);
    const inTable = forwardStates(kernel);
    const unfit = state === 'drifted' ? await unfitForwards(loaded.model, loaded.facts, world) : new Set<Forward>();
    return of(state, (forward) => {
      const found = inTable(forward);
      return found === 'in sync' && unfit.has(forward) ? 'drifted' : found;
    });
  } catch (error) {
    if (error instanceof Failure && error.reason === 'permission') return of('unknown', () => 'unknown');
    throw error;
  }
}

const HEAD = ['NAME', 'PROTOCOL', 'LISTEN', 'TARGET', 'INTERFACE', 'FROM', 'KERNEL'];

const row = (forward: Forward, kernel: string): string[] => [
  forward.name,
  forward.protocols.join(','),
  forward.listens.map((listen) => formatListen(listen, forward.family)).join(','),
  formatTarget(forward.target),
  forward.interfaces.join(',') || '-',
  forward.from.join(',') || '-',
  kernel,
];
