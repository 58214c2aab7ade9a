import { readEvent, tellsLoss, type TraceEvent } from './event.ts';
import type { Header } from './header.ts';
import { ANSWER, BASE_CHAINS, START, TRACE_PREFIX } from './table.ts';

/** The events of one packet, in order; of a packet from this host to itself those on both sides of lo. */
export interface Trail {
  readonly events: readonly TraceEvent[];
  /** How it looked like when it was last seen. */
  readonly last: Header;
  /** Its packet mark then; 0: none. */
  readonly mark: number;
}

/** A traced connection: its first packet, and the first answer. */
export interface Traced {
  readonly request: Trail;
  readonly answer: Trail | undefined;
  /** How often the client sent its first packet again. */
  readonly repeats: number;
  /** When it was first seen, on the clock of the caller, in milliseconds. */
  readonly since: number;
}

export interface Collector {
  /** Takes a line of `nft monitor trace`. */
  readonly read: (line: string, now: number) => void;
  /** In the order in which they began. */
  readonly connections: () => readonly Traced[];
  /** Events were lost: what is missing proves nothing. */
  readonly lost: () => boolean;
}

/** Collects up to so many connections that the trace with this table marked. Other traces of this host are left out. */
export function collect(table: string, most: number): Collector {
  const ours = `inet ${table}`;
  const open = new Map<string, OpenTrail>();
  const connections: Open[] = [];
  let lost = false;
  return {
    read: (line, now) => {
      lost ||= tellsLoss(line);
      const event = readEvent(line);
      if (event === undefined || (event.table !== ours && event.table.startsWith(`inet ${TRACE_PREFIX}`))) return;
      const trail = trailOf(event, ours, open, connections);
      if (trail === undefined) return;
      append(trail, event, ours);
      if (event.kind !== 'rule' || event.table !== ours) return;
      if (event.chain === START) begin(trail, connections, now, most);
      else if (event.chain === ANSWER) answer(trail, connections);
    },
    connections: () => connections,
    lost: () => lost,
  };
}

interface OpenTrail {
  readonly events: TraceEvent[];
  last: Header;
  mark: number;
  /** How far it is by our own chains. */
  rank: number;
}

interface Open {
  readonly request: OpenTrail;
  answer: OpenTrail | undefined;
  repeats: number;
  readonly since: number;
}

/** Packets that are under way at the same time. Of packets that others trace, nothing else is kept. */
const MOST_OPEN = 1000;

function trailOf(
  event: TraceEvent,
  ours: string,
  open: Map<string, OpenTrail>,
  connections: readonly Open[],
): OpenTrail | undefined {
  const known = open.get(event.id);
  if (event.kind !== 'packet') return known;
  if (known !== undefined && !(event.table === ours && rankOf(event.chain) <= known.rank)) return known;
  const isFirst = event.table === ours && (event.chain === START || event.chain === ANSWER);
  const before = isFirst ? undefined : passedBefore(event.header, connections);
  const trail = before ?? { events: [], last: event.header, mark: 0, rank: -1 };
  if (open.size >= MOST_OPEN) open.delete([...open.keys()][0] ?? '');
  open.delete(event.id);
  open.set(event.id, trail);
  return trail;
}

function append(trail: OpenTrail, event: TraceEvent, ours: string): void {
  trail.events.push(event);
  if (event.kind === 'packet') trail.last = event.header;
  else if (event.kind === 'policy') trail.mark = event.mark ?? 0;
  if (event.table === ours) trail.rank = Math.max(trail.rank, rankOf(event.chain));
}

/** Our chains in the order in which a packet passes them. An ID that comes back to an earlier one is another packet. */
function rankOf(name: string): number {
  if (name === START) return 0;
  if (name === ANSWER) return 1;
  const found = Object.hasOwn(BASE_CHAINS, name) ? BASE_CHAINS[name] : undefined;
  if (found === undefined) return -1;
  const { hook, at } = found;
  const within = { first: 0, tracked: 1, last: 2 }[at];
  return within + { prerouting: 0, output: 0, input: 3, forward: 3, postrouting: 6 }[hook];
}

/**
 * The trail of a packet that the kernel gave another ID, because the interface that counts as the incoming one changed:
 * from a port to its bridge, from an interface to its VRF, or when it comes in again through lo (docs/netfilter.md, fact 50).
 */
function passedBefore(header: Header, connections: readonly Open[]): OpenTrail | undefined {
  const trail = connections
    .flatMap(({ request, answer: answered }) => [request, ...(answered === undefined ? [] : [answered])])
    .find(({ last }) => isSame(last, header) && last.ident === header.ident);
  if (trail !== undefined) trail.rank = -1;
  return trail;
}

function begin(trail: OpenTrail, connections: Open[], now: number, most: number): void {
  const again = connections.find(({ request }) => {
    const [first] = request.events;
    return first?.kind === 'packet' && isSame(first.header, trail.last);
  });
  if (again !== undefined) again.repeats += 1;
  else if (connections.length < most) connections.push({ request: trail, answer: undefined, repeats: 0, since: now });
}

/** The answer to the newest connection that it can belong to. An ICMP message does not show the ports. */
function answer(trail: OpenTrail, connections: readonly Open[]): void {
  const open = connections.filter((one) => one.answer === undefined).reverse();
  const { saddr, daddr, sport, dport, icmp } = trail.last;
  const found =
    icmp === undefined
      ? open.find(({ request: { last } }) =>
          isSame(last, { ...trail.last, saddr: daddr, daddr: saddr, sport: dport, dport: sport }),
        )
      : open.find(({ request: { last } }) => last.saddr === daddr);
  if (found !== undefined) found.answer = trail;
}

const isSame = (one: Ends, other: Ends): boolean =>
  one.protocol === other.protocol &&
  one.saddr === other.saddr &&
  one.daddr === other.daddr &&
  one.sport === other.sport &&
  one.dport === other.dport;

type Ends = Pick<Header, 'protocol' | 'saddr' | 'daddr'> & {
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
};
