import { Failure } from '../../failure/failure.ts';
import { formatListen, formatTarget, type Forward } from '../../model/model.ts';
import type { TableState } from '../../status/kernel.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { formatTable } from '../format/table.ts';
import { forwardJson } from '../../model/forward-values.ts';
import { forwardsBlockedBySysctl, forwardStates } from '../../status/forwards.ts';
import { readModel } from '../../apply/read/read-model.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import type { Session } from '../session.ts';
import { currentState } from '../../status/state.ts';
import { readFacts } from '../../apply/read/read-on-host.ts';

/** Works without rights too; the state in the kernel is unknown then. */
export async function list(file: string | undefined, options: ConfigOptions, session: Session): Promise<ExitCode> {
  const read = await readModel(configPath(file, options, session), readFacts(session), session.host);
  const { model } = read;
  if (model === undefined) {
    printFindings(read, session);
    return EXIT.findings;
  }
  const { kernel, stateOf } = await kernelStates({ ...read, model }, session);
  session.print(
    {
      file: read.file,
      kernel,
      forwards: model.forwards.map((forward) => ({ ...forwardJson(forward), kernel: stateOf(forward) })),
    },
    () => formatTable([HEAD, ...model.forwards.map((forward) => row(forward, stateOf(forward)))]),
  );
  return EXIT.ok;
}

interface KernelStates {
  /** Of the whole table. */
  readonly kernel: TableState | 'unknown';
  readonly stateOf: (forward: Forward) => TableState | 'unknown' | 'disabled';
}

async function kernelStates(read: Parameters<typeof currentState>[0], session: Session): Promise<KernelStates> {
  const of = (kernel: KernelStates['kernel'], stateOf: KernelStates['stateOf']): KernelStates => ({
    kernel,
    stateOf: (forward) => (forward.enabled ? stateOf(forward) : 'disabled'),
  });
  try {
    const { state, kernel, desired, missed } = await currentState(read, session);
    const inTable = forwardStates(kernel);
    const bypassed = new Set(missed.map(({ forward }) => forward));
    const { model, facts } = desired;
    const blocked = state === 'drifted' ? forwardsBlockedBySysctl(model, facts, session) : new Set<Forward>();
    return of(state, (forward) => {
      const found = inTable(forward);
      return found === 'in sync' && (blocked.has(forward) || bypassed.has(forward.name)) ? 'drifted' : found;
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
