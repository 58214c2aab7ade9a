import { asFailure } from '../../failure/failure.ts';
import type { Flow } from '../../flows/flow.ts';
import type { Host } from '../../host/host.ts';
import { enabledForwards, type Forward } from '../../model/model.ts';
import { isTranslated, reversedFlows } from '../../flows/flow.ts';
import { changedForwards } from '../../flows/changed-forwards.ts';
import { staleFlows } from '../../flows/stale.ts';
import { selectorsOf, type Selector } from '../../flows/selectors.ts';
import type { FlowStep } from '../change.ts';
import type { Context } from '../context.ts';
import { parseApplied } from '../read/last-applied.ts';

/**
 * Ends the tracked connections that the kernel still translates as before. Never before the load: traffic would
 * bring them back at once (docs/netfilter.md, fact 15). Returns how many. A failure is reported, since the load has
 * succeeded.
 */
export async function endFlows(step: FlowStep, { host, report }: Context): Promise<number> {
  try {
    return await endStale(step, host);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    const names = await forwardsWhoseFlowsEnd(step);
    if (names.length > 0) report.flowsNotEnded(failure, names);
    return 0;
  }
}

/** The names of the forwards that translate differently from before. Their connections end, if they have any. */
export async function forwardsWhoseFlowsEnd(step: FlowStep): Promise<readonly string[]> {
  const ends = ({ protocols }: Forward): boolean => !step.keepConnections || protocols.includes('udp');
  return changedForwards(((await forwardsBefore(step)) ?? []).filter(ends), step.after.forwards.filter(ends));
}

type Ends = Pick<Host, 'conntrack' | 'sleep'>;

async function endStale(step: FlowStep, host: Ends): Promise<number> {
  const { conntrack } = host;
  const { after, addresses, keepConnections, isWanted = () => true } = step;
  const flows = await conntrack.dump();
  if (!flows.some(mayBeOld)) return 0;
  const stale = staleFlows({
    flows,
    before: await forwardsBefore(step),
    after: after.forwards,
    localAddresses: new Set(addresses.map(({ address }) => address)),
    interfacesWith: (address) => addresses.filter((entry) => entry.address === address).map((entry) => entry.interface),
    keepConnections,
  });
  if (!isWanted()) return 0;
  const old = stale.map(({ flow }) => flow);
  const count = await remove(old, selectorsOf(stale, flows), isWanted, conntrack);
  const ended = old.filter((flow) => !isTranslated(flow));
  return count + (await endAnswers(ended, host));
}

/** For so many selectors conntrack(8) may read the whole table. */
const FEW = 4;

async function remove(
  flows: readonly Flow[],
  selectors: readonly Selector[],
  isWanted: () => boolean,
  conntrack: Ends['conntrack'],
): Promise<number> {
  const removed = selectors.length > FEW ? await conntrack.removeEach(flows, isWanted) : undefined;
  return removed ?? conntrack.remove(selectors, isWanted);
}

/** Looks at most this often. */
const MOST_ROUNDS = 20;
/** Ends after so many looks in a row that found nothing. */
const QUIET_ROUNDS = 4;
const PAUSE_MS = 20;

/** To read so many takes longer than the pauses between all looks: then two are enough. */
const MANY = 20_000;

/**
 * An answer that is on its way while its entry is deleted begins a flow in the other direction, unless the client has
 * sent again by then. This deletes such flows until none has appeared for a while.
 */
async function endAnswers(ended: readonly Flow[], { conntrack, sleep }: Ends): Promise<number> {
  let count = 0;
  for (let round = 0, quiet = 0; round < MOST_ROUNDS && quiet < QUIET_ROUNDS && ended.length > 0; round += 1) {
    const flows = await conntrack.dump();
    const answers = reversedFlows(ended, flows);
    quiet = answers.length === 0 ? quiet + (flows.length > MANY ? QUIET_ROUNDS / 2 : 1) : 0;
    if (answers.length > 0) count += await remove(answers, answers, () => true, conntrack);
    else if (quiet < QUIET_ROUNDS) await sleep(PAUSE_MS);
  }
  return count;
}

const mayBeOld = (flow: Flow): boolean => isTranslated(flow) || flow.protocol === 'udp';

/** The model was free of errors when it was loaded. */
async function forwardsBefore({ before, after }: FlowStep): Promise<readonly Forward[] | undefined> {
  if (before === undefined) return undefined;
  if (after.bytes !== undefined && Buffer.compare(before.model, after.bytes) === 0) return after.forwards;
  const { model } = await parseApplied(before.model);
  return model && enabledForwards(model);
}
