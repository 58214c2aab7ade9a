import { attributeTo } from '../../counters/attribute.ts';
import { NO_USAGE, type Usage } from '../../counters/ledger.ts';
import { asFailure, type Failure } from '../../failure/failure.ts';
import { isOpen, isTranslated, type Flow } from '../../flows/flow.ts';
import { groupBy } from '../../model/group-by.ts';
import { enabledForwards, type Forward, type Model } from '../../model/model.ts';
import { TRACKED } from '../../host/conntrack/conntrack.ts';
import type { Context } from '../context.ts';
import { readKernelTable } from '../read/kernel-table.ts';
import { appliedModel, lastApplied } from '../read/last-applied.ts';
import { withStateLock } from '../lock.ts';
import { countsNow, keepAllCounts } from './keep-counts.ts';

/** How much a client uses a forward now: only connections that are tracked at this moment. */
interface Client {
  readonly address: string;
  readonly open: number;
  /** Of the tracked connections, closed ones too. Undefined: the kernel does not count for each connection. */
  readonly bytes: Flow['bytes'];
}

export interface ForwardUsage extends Usage {
  readonly forward: Forward;
  /** The tracked connections. Undefined: they cannot be read. */
  readonly clients: readonly Client[] | undefined;
}

export interface UsageNow {
  readonly forwards: readonly ForwardUsage[];
  /** `missing`: the kernel does not hold the table. `full`: a new listen, address or target is not counted. */
  readonly counting: 'on' | 'off' | 'missing' | 'full';
  /** Why the tracked connections cannot be read. */
  readonly noFlows: Failure | undefined;
}

/** Who uses the forwards that the kernel holds, and how much. Undefined: none are loaded, or they are not on record. */
export async function readUsage(ctx: Context): Promise<UsageNow | undefined> {
  const model = await loadedModel(ctx);
  return model && usageOf(model, countsNow(enabledForwards(model), ctx), readFlows(ctx));
}

/**
 * As `readUsage`, for a program that compares values with earlier ones. The values are written down, so that they never
 * become smaller: if another program sets the counters to 0, the sums go on from here. With more tracked connections than
 * `mostFlows`, `clients` is undefined.
 */
export async function recordUsage(ctx: Context, mostFlows: number): Promise<UsageNow | undefined> {
  return withStateLock(ctx, async () => {
    const model = await loadedModel(ctx);
    if (model === undefined) return undefined;
    const isMany = Number(ctx.host.sysctl.read(TRACKED) ?? 0) > mostFlows;
    return usageOf(model, keepAllCounts(enabledForwards(model), ctx), isMany ? undefined : readFlows(ctx));
  });
}

async function usageOf(
  model: Model,
  counting: ReturnType<typeof countsNow>,
  reading: ReturnType<typeof readFlows> | undefined,
): Promise<UsageNow> {
  const forwards = enabledForwards(model);
  const [{ ledger, live }, flows] = await Promise.all([counting, reading]);
  const sums = new Map(Object.entries(ledger.sums));
  const forwardAt = attributeTo(forwards);
  const used = groupBy(flows?.found ?? [], (flow) => forwardAt(placeOf(flow)));
  const isKnown = flows !== undefined && flows.failure === undefined;
  return {
    forwards: forwards.map((forward) => ({
      forward,
      ...(sums.get(forward.name) ?? NO_USAGE),
      clients: isKnown ? clientsOf(used.get(forward) ?? []) : undefined,
    })),
    counting: live?.hasChains !== true ? (model.counters ? 'missing' : 'off') : live.isFull ? 'full' : 'on',
    noFlows: flows?.failure,
  };
}

const placeOf = ({ protocol, destination, destinationPort, replySource, replySourcePort }: Flow) => ({
  protocol,
  address: destination,
  port: destinationPort,
  target: replySource,
  targetPort: replySourcePort,
});

async function loadedModel(ctx: Context): Promise<Model | undefined> {
  const table = await readKernelTable(ctx.host.nft);
  const applied = table.kind === 'ours' ? lastApplied(table, ctx) : undefined;
  return applied && appliedModel(applied);
}

async function readFlows({ host }: Context): Promise<{ readonly found: readonly Flow[]; readonly failure?: Failure }> {
  try {
    return { found: (await host.conntrack.dump()).filter(isTranslated) };
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    return { found: [], failure };
  }
}

/** The client with the most bytes first, then the one with the most connections. */
const clientsOf = (flows: readonly Flow[]): readonly Client[] =>
  [...groupBy(flows, ({ source }) => source)]
    .map(([address, own]) => ({ address, open: own.filter(isOpen).length, bytes: sumOf(own) }))
    .filter(({ open, bytes }) => open > 0 || bytes !== undefined)
    .sort((a, b) => total(b) - total(a) || b.open - a.open || a.address.localeCompare(b.address));

const total = ({ bytes }: Client): number => (bytes === undefined ? 0 : bytes.sent + bytes.replies);

function sumOf(flows: readonly Flow[]): Flow['bytes'] {
  const counted = flows.flatMap(({ bytes }) => bytes ?? []);
  if (counted.length === 0) return undefined;
  return counted.reduce((sum, { sent, replies }) => ({ sent: sum.sent + sent, replies: sum.replies + replies }));
}
