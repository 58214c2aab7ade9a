import type { Applied } from '../host/state/applied.ts';
import { asFailure, type Failure } from '../failure/failure.ts';
import type { Flow } from '../flows/flow.ts';
import type { Host } from '../host/host.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { enabledForwards, type Forward } from '../model/model.ts';
import { reversedFlows, isTranslated } from '../flows/flow.ts';
import { changedForwards } from '../flows/changed-forwards.ts';
import { staleFlows } from '../flows/stale.ts';
import { selectorsOf } from '../flows/selectors.ts';
import { parseBytes } from './read-model.ts';
import type { World } from './context.ts';

export interface Change {
  /** What was loaded last, as far as it is remembered. */
  readonly before: Applied | undefined;
  /** What the kernel holds now: its bytes, to see that nothing changed, and its forwards. */
  readonly after: { readonly bytes?: Uint8Array; readonly forwards: readonly Forward[] };
  readonly addresses: HostFacts['addresses'];
  readonly keepConnections: boolean;
}

/**
 * Ends the flows that the kernel still leads as it did before. Never before the load: under traffic they
 * would be back at once (fact 15). Returns how many; what goes wrong is a warning, for the load has succeeded.
 */
export async function retire(change: Change, { host, err }: World): Promise<number> {
  try {
    return await endStale(change, host);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    const names = changedForwards((await remembered(change)) ?? [], change.after.forwards);
    if (names.length > 0) err(`${warning(failure, names)}\n`);
    return 0;
  }
}

type Ends = Pick<Host, 'conntrack' | 'sleep'>;

async function endStale(change: Change, host: Ends): Promise<number> {
  const { conntrack } = host;
  const { after, addresses, keepConnections } = change;
  const flows = await conntrack.dump();
  if (!flows.some(mayBeOld)) return 0;
  const stale = staleFlows({
    flows,
    before: await remembered(change),
    after: after.forwards,
    localAddresses: new Set(addresses.map(({ address }) => address)),
    keepConnections,
  });
  const count = await conntrack.remove(selectorsOf(stale, flows));
  const ended = stale.map(({ flow }) => flow).filter((flow) => !isTranslated(flow));
  return count + (await endAnswers(ended, host));
}

/** Looks in all, and without a find until there is none to come; between two of them, milliseconds. */
const ROUNDS = 20;
const QUIET = 4;
const PAUSE = 20;

/**
 * An answer under way when an entry goes begins a flow the other way round, unless the client has sent again by
 * then: looked for until none has come for a while.
 */
async function endAnswers(ended: readonly Flow[], { conntrack, sleep }: Ends): Promise<number> {
  let count = 0;
  for (let round = 0, quiet = 0; round < ROUNDS && quiet < QUIET && ended.length > 0; round += 1) {
    const answers = reversedFlows(ended, await conntrack.dump());
    quiet = answers.length === 0 ? quiet + 1 : 0;
    if (answers.length > 0) count += await conntrack.remove(answers);
    else if (quiet < QUIET) await sleep(PAUSE);
  }
  return count;
}

const mayBeOld = (flow: Flow): boolean => isTranslated(flow) || flow.protocol === 'udp';

/** The file was without findings when it was loaded. */
async function remembered({ before, after }: Change): Promise<readonly Forward[] | undefined> {
  if (before === undefined) return undefined;
  if (after.bytes !== undefined && Buffer.compare(before.model, after.bytes) === 0) return after.forwards;
  const { model } = await parseBytes(before.model);
  return model && enabledForwards(model);
}

const MOST_NAMES = 20;

function warning({ message, remedy, reason }: Failure, names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  const which = `${names.slice(0, MOST_NAMES).join(', ')}${more}`;
  return `portfwd: warning: connections that began before may go on as they did: ${which}; ${message}; ${remedy} [${reason}]`;
}
