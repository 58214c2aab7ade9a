import { emitJson } from '../emit/json.ts';
import { Failure } from '../host/failure.ts';
import { lower } from '../lower/lower.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { formatListen, formatTarget, type Forward, type Model } from '../model/model.ts';
import { readDrift, type TableState } from './drift.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { formatTable } from './format-table.ts';
import { forwardJson } from './forward-json.ts';
import { loadModel, reportFindings } from './load-model.ts';
import { configPath, type ConfigOptions, type StateOptions } from './options.ts';
import { readFacts } from './read-facts.ts';
import type { World } from './world.ts';

/** Works without rights too; then the kernel's side is unknown. */
export async function list(
  file: string | undefined,
  options: ConfigOptions & StateOptions,
  world: World,
): Promise<ExitCode> {
  const loaded = await loadModel(configPath(file, options, world), readFacts(options, world), world);
  const { model, facts } = loaded;
  if (model === undefined) {
    reportFindings(loaded, options.json === true, world);
    return EXIT.findings;
  }
  const kernel = await kernelState(model, facts, world);
  if (options.json === true)
    world.out(`${JSON.stringify({ file: loaded.file, kernel, forwards: model.forwards.map(forwardJson) })}\n`);
  else world.out(formatTable([HEAD, ...model.forwards.map((forward) => row(forward, kernel))]));
  return EXIT.ok;
}

async function kernelState(model: Model, facts: HostFacts, { host }: World): Promise<TableState | 'unknown'> {
  try {
    return await readDrift(emitJson(lower(model, facts)), host.nft);
  } catch (error) {
    if (error instanceof Failure && error.reason === 'permission') return 'unknown';
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
  forward.enabled ? kernel : 'disabled',
];
