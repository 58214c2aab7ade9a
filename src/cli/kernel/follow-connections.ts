import type { Host } from '../../host/host.ts';
import type { RunningTrace } from '../../host/trace/trace.ts';
import type { Forward } from '../../model/model.ts';
import { collect, type Collector, type Traced } from '../../trace/collect.ts';
import { forwardOf, forwardsAt } from '../../trace/forward-of.ts';
import { newRules, withRules, type NewRule } from '../../trace/new-rules.ts';
import { OTHERS, TRACE_PREFIX, traceTable, type TracedListen } from '../../trace/table.ts';
import { isOver, judge, type Verdict } from '../../trace/verdict.ts';
import { whyLost } from '../../trace/why-lost.ts';
import type { TracedConnection } from '../format/trace/traced-connection.ts';
import type { Session } from '../session.ts';
import { routingOf } from './routing-of.ts';

interface What {
  readonly listens: readonly TracedListen[];
  readonly from: string | undefined;
  readonly count: number;
  readonly seconds: number;
  readonly forwards: readonly Forward[];
  /** As the file has them now. */
  readonly readForwards: () => Promise<readonly Forward[]>;
}

interface Listener {
  readonly started: () => void;
  /** Nothing more is expected of this connection. */
  readonly found: (connection: TracedConnection) => void;
}

export interface TraceResult {
  readonly connections: readonly TracedConnection[];
  readonly ended: 'count' | 'time' | 'interrupted' | 'fault';
  /** What ended the trace too early. */
  readonly fault: string | undefined;
  /** The trace was active until its end. */
  readonly active: boolean;
  /** Events were lost. */
  readonly lost: boolean;
  /** Packets to the listens from clients that are not in `from`. */
  readonly others: number;
  /** If nothing was seen: the chains that get packets before the trace does. */
  readonly earlyChains: readonly string[];
}

/** Milliseconds. */
const POLL = 50;
/** A packet or its answer that was not seen for so long is not expected any more. */
const PATIENCE = 3000;
/** Milliseconds between two looks at the table. */
const CHECK = 2000;

/** Traces until there are enough connections, the time is over, or Ctrl-C. */
export async function followConnections(what: What, listener: Listener, session: Session): Promise<TraceResult> {
  const { host } = session;
  const name = host.trace.newTableName(TRACE_PREFIX);
  const collector = collect(name, what.count);
  let interrupted = false;
  const off = host.onInterrupt(() => (interrupted = true));
  try {
    const table = { name, owned: traceTable({ ...what, name }, true), plain: traceTable({ ...what, name }, false) };
    const trace = await host.trace.start(table, (line) => collector.read(line, host.trace.now()));
    try {
      listener.started();
      const followed = await follow(trace, collector, what, () => interrupted, listener, session);
      const fault = trace.fault() ?? followed.fault;
      const active = fault === undefined && (await trace.isThere());
      const others = what.from !== undefined && active ? await host.nft.countedPackets(name, OTHERS) : 0;
      const earlyChains = followed.connections.length === 0 ? await host.trace.earlyChains() : [];
      return { ...followed, fault, active, earlyChains, lost: collector.lost(), others };
    } finally {
      await trace.stop();
    }
  } finally {
    off();
  }
}

async function follow(
  trace: RunningTrace,
  collector: Collector,
  what: What,
  isInterrupted: () => boolean,
  { found }: Listener,
  session: Session,
): Promise<Pick<TraceResult, 'connections' | 'ended' | 'fault'>> {
  const { now } = session.host.trace;
  const end = now() + what.seconds * 1000;
  const connections: TracedConnection[] = [];
  const faultOf = watch(trace, now);
  let isLast = false;
  for (;;) {
    await session.host.sleep(POLL);
    const fault = await faultOf();
    const stops = isInterrupted() ? 'interrupted' : fault === undefined ? undefined : 'fault';
    if (!isLast && (stops !== undefined || now() > end)) {
      await trace.drained();
      isLast = true;
    }
    // Connections that began in time are followed to their end.
    const begun = collector.connections().filter(({ since }) => since <= end);
    for (const one of begun.slice(connections.length)) {
      if (stops === undefined && !isOver(one)) {
        if (now() - one.since < PATIENCE) break;
        await trace.drained();
      }
      const connection = await judged(one, connections.length + 1, what, collector, session);
      connections.push(connection);
      found(connection);
    }
    if (connections.length >= what.count) return { connections, ended: 'count', fault };
    if (stops !== undefined) return { connections, ended: stops, fault };
    if (isLast && connections.length === begun.length) return { connections, ended: 'time', fault };
  }
}

/** What ended the trace too early, if anything did. */
function watch(trace: RunningTrace, now: () => number): () => Promise<string | undefined> {
  let next = now() + CHECK;
  return async () => {
    const fault = trace.fault();
    if (fault !== undefined || now() < next) return fault;
    next = now() + CHECK;
    return (await trace.isThere()) ? undefined : GONE;
  };
}

/** Another program can delete a table that has no owner. */
const GONE = 'another program deleted the table of the trace';

async function judged(
  traced: Traced,
  number: number,
  { forwards, readForwards }: What,
  collector: Collector,
  { host }: Session,
): Promise<TracedConnection> {
  const readable = await withNewRules(traced, host);
  const one = judge(readable, collector.lost());
  const asRead = forwardOf(forwards, one.first, one.destination);
  // The file may have changed since.
  const present = asRead === undefined ? await readForwards() : forwards;
  const forward = (asRead ?? forwardOf(present, one.first, one.destination))?.name;
  const candidates = forwardsAt(present, one.first).map(({ name }) => name);
  const why = await whyDropped(traced, one.verdict, host);
  return { ...one, number, forward, candidates, why, waited: Math.round((host.trace.now() - traced.since) / 1000) };
}

/** Only for a packet that came in and was lost when it was routed. */
async function whyDropped(traced: Traced, verdict: Verdict, host: Host): Promise<string | undefined> {
  if (verdict.kind !== 'lost' && verdict.kind !== 'answer lost') return undefined;
  const trail = verdict.kind === 'lost' ? traced.request : traced.answer;
  if (trail?.last.iif === undefined || verdict.hook !== 'prerouting' || verdict.at !== 'last') return undefined;
  return whyLost(trail.last, await routingOf(trail, host));
}

/** nft prints only the handle of a rule that is newer than the trace. */
async function withNewRules(traced: Traced, { trace }: Host): Promise<Traced> {
  const rules = newRules(traced);
  if (rules.length === 0) return traced;
  const texts = new Map<string, string | undefined>();
  for (const rule of rules) texts.set(keyOf(rule), await trace.ruleText(rule.table, rule.chain, rule.handle));
  return withRules(traced, (rule) => texts.get(keyOf(rule)));
}

const keyOf = ({ table, chain, handle }: NewRule): string => `${table} ${chain} ${handle}`;
