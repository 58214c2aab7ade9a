import { recordUsage, type ForwardUsage } from '../../apply/counters/usage.ts';
import { readKernelTable } from '../../apply/read/kernel-table.ts';
import { readOnHost, type ReadOnHost } from '../../apply/read/read-on-host.ts';
import { Failure } from '../../failure/failure.ts';
import { severityOf } from '../../finding/finding.ts';
import type { Measured, MeasuredForward } from '../../metrics/families.ts';
import { enabledForwards } from '../../model/model.ts';
import { currentState } from '../../status/state.ts';
import type { Session } from '../session.ts';

declare const PORTFWD_VERSION: string;

/** To list 100 000 tracked connections takes some 0.3 s. With more, open connections and clients are left out. */
const MOST_FLOWS = 100_000;

/** What there is to know now of the forwards that the kernel holds, and of those in the file. */
export async function measure(file: string, shared: Session): Promise<Measured> {
  // Some readings are kept for each context, and a server measures again and again.
  const session = { ...shared };
  const usage = await recordUsage(session, MOST_FLOWS);
  const loaded = (await readKernelTable(session.host.nft)).kind === 'ours';
  const read = await readIfThere(file, session);
  const model = read?.model;
  return {
    version: PORTFWD_VERSION,
    loaded,
    counting: usage?.counting ?? 'off',
    configValid: model !== undefined,
    inSync:
      read === undefined || model === undefined
        ? undefined
        : (await currentState({ ...read, model }, session)).state === 'in sync',
    warnings: read === undefined ? new Map() : warningsOf(read),
    forwards: usage?.forwards.map(measured) ?? [],
  };
}

/** Undefined: the file cannot be read. */
async function readIfThere(file: string, session: Session): Promise<ReadOnHost | undefined> {
  try {
    return await readOnHost(file, session);
  } catch (error) {
    if (error instanceof Failure && error.reason === 'config-unreadable') return undefined;
    throw error;
  }
}

function warningsOf({ model, findings, onHost }: ReadOnHost): ReadonlyMap<string, number> {
  if (model === undefined) return new Map();
  const counts = new Map<unknown, number>();
  for (const finding of [...findings, ...onHost]) {
    const [key, index] = finding.path;
    if (key === 'forwards' && severityOf(finding) !== 'note') counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  return new Map(enabledForwards(model).map(({ name, path }) => [name, counts.get(path[1]) ?? 0]));
}

const measured = ({ clients, ...usage }: ForwardUsage): MeasuredForward => ({
  ...usage,
  open: clients && {
    connections: clients.reduce((sum, { open }) => sum + open, 0),
    clients: clients.filter(({ open }) => open > 0).length,
  },
});
