import { Failure } from '../../failure/failure.ts';
import { shellWord } from '../../diagnose/printed-command.ts';
import { findForward } from '../../edit/find-forward.ts';
import { quote } from '../../finding/quote.ts';
import { formatListen, formatTarget, type Forward } from '../../model/model.ts';
import type { TableState } from '../../status/kernel.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { formatTable } from '../format/table.ts';
import { forwardJson } from '../../model/forward-values.ts';
import { forwardsBlockedBySysctl, forwardStates } from '../../status/forwards.ts';
import { readModel } from '../../apply/read/read-model.ts';
import { candidates } from '../change/pick-forward.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import type { Session } from '../session.ts';
import { currentState } from '../../status/state.ts';
import { readFacts } from '../../apply/read/read-on-host.ts';

/**
 * Works without rights too; the state in the kernel is unknown then. A word that is not a file names the forward to
 * list.
 */
export async function list(what: string | undefined, options: ConfigOptions, session: Session): Promise<ExitCode> {
  const { file, word } = whatToList(what, options, session);
  const read = await readModel(file, readFacts(session), session.host);
  const { model } = read;
  if (model === undefined) {
    printFindings(read, session);
    return EXIT.findings;
  }
  const listed = word === undefined ? model.forwards : forwardsNamed(word, model.forwards, file);
  const { kernel, stateOf } = await kernelStates({ ...read, model }, session);
  session.print(
    {
      file: read.file,
      kernel,
      forwards: listed.map((forward) => ({ ...forwardJson(forward), kernel: stateOf(forward) })),
    },
    () => formatTable([HEAD, ...listed.map((forward) => row(forward, stateOf(forward)))]),
  );
  if (listed.length === 0) session.say({}, () => `no forwards yet; add one: ${firstForward(file, options)}`);
  return EXIT.ok;
}

interface What {
  readonly file: string;
  readonly word?: string;
}

/** A file wins, as in all other commands. */
function whatToList(what: string | undefined, options: ConfigOptions, { host, env }: Session): What {
  if (what !== undefined && (what.includes('/') || isFile(what, host))) return { file: what };
  const file = configPath(undefined, options, { env });
  if (host.readConfigFileIfAny(file) !== undefined || host.readModelFilesToEdit(file) !== undefined)
    return { file, ...(what === undefined ? {} : { word: what }) };
  throw new Failure(
    'config-unreadable',
    `${file} does not exist, so there are no forwards yet`,
    `make the first one: ${firstForward(file, options)}`,
  );
}

/** A directory with the name of a forward is not meant. */
function isFile(path: string, { readConfigFileIfAny }: Session['host']): boolean {
  try {
    return readConfigFileIfAny(path) !== undefined;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

function forwardsNamed(word: string, forwards: readonly Forward[], file: string): readonly Forward[] {
  const { indexes } = findForward(word, forwards);
  if (indexes.length > 0) return forwards.filter((_, index) => indexes.includes(index));
  throw new Failure(
    'no-forward',
    `${quote(word)} is neither a file nor a forward in ${file}`,
    forwards.length === 0 ? 'add one with portfwd add' : `name one of these: ${candidates(word, forwards)}`,
  );
}

const firstForward = (file: string, { config }: ConfigOptions): string =>
  `portfwd add 6000 192.168.0.2:5000${config === undefined ? '' : ` --config ${shellWord(file)}`}`;

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
