import type { Marks } from '../firewall/mark-change.ts';
import type { Packet } from '../firewall/packet.ts';
import { answerOf, type Chain, type Rule } from '../firewall/rule.ts';
import { setsMarks } from './sets-marks.ts';

/** The packets of one connection, from the same client: before the destination is translated, and after it. */
export interface Translated {
  readonly before: Packet;
  readonly after: Packet;
}

/** The marks that packets can have when the kernel routes them. Undefined: any mark. */
export interface RoutedMarks {
  readonly marks: ReadonlySet<number | undefined>;
  /** The marks that their connection can have then. */
  readonly connection: ReadonlySet<number | undefined>;
}

/**
 * Follows the first packet of a connection and later ones through the chains that can set marks. If it is not known
 * whether a rule applies, both ways count.
 */
export function marksOfConnection(chains: readonly Chain[], packets: Translated): RoutedMarks {
  return followAll(chainsFor(chains, packets.before.family, FORWARDED), packets, followed);
}

/** The same for a connection that this host itself makes. */
export const marksOfOwn = (chains: readonly Chain[], packets: Translated): ReadonlySet<number | undefined> =>
  followAll(chainsFor(chains, packets.before.family, SENT), packets, followedOut).marks;

function followAll(ordered: readonly Chain[], packets: Translated, follow: typeof followed): RoutedMarks {
  const marks = new Set<number | undefined>();
  const connection = new Set<number | undefined>([0]);
  const first = follow(ordered, packets, [{ packet: 0, connection: 0 }]);
  for (const { packet } of first.routed) marks.add(packet);
  let next = newConnections(first.left, connection);
  for (let round = 0; next.length > 0 && round < MAX_ROUNDS; round += 1) {
    const later = follow(ordered, laterOf(packets, 'later'), next);
    for (const { packet } of later.routed) marks.add(packet);
    next = newConnections(later.left, connection);
  }
  return { marks, connection };
}

/** The marks with which the replies are routed. Their way in prerouting has no translation by a rule. */
export function marksOfReply(
  chains: readonly Chain[],
  packet: Packet,
  connection: RoutedMarks['connection'],
): ReadonlySet<number | undefined> {
  const start = [...connection].map((mark) => ({ packet: 0, connection: mark }));
  const packets = laterOf({ before: packet, after: packet }, 'reply');
  return new Set(
    followed(chainsFor(chains, packet.family, FORWARDED), packets, start).routed.map((marks) => marks.packet),
  );
}

/** A connection mark that changes with each packet is not followed longer. */
const MAX_ROUNDS = 4;

const laterOf = ({ before, after }: Translated, place: 'later' | 'reply'): Translated => ({
  before: { ...before, place },
  after: { ...after, place },
});

function newConnections(left: readonly Marks[], known: Set<number | undefined>): Marks[] {
  const marks = new Set(left.map(({ connection }) => connection));
  const added = [...marks].filter((mark) => !known.has(mark));
  for (const mark of added) known.add(mark);
  return added.map((connection) => ({ packet: 0, connection }));
}

const FORWARDED = ['prerouting', 'forward', 'postrouting'];
const SENT = ['output', 'postrouting'];

const chainsFor = (chains: readonly Chain[], family: string, hooks: readonly string[]): readonly Chain[] =>
  chains
    .filter((chain) => (chain.family === 'inet' || chain.family === family) && hooks.includes(chain.hook))
    .sort((a, b) => hooks.indexOf(a.hook) - hooks.indexOf(b.hook) || a.priority - b.priority);

interface Followed {
  /** When the kernel routes them. */
  readonly routed: readonly Marks[];
  /** When they leave the host. */
  readonly left: readonly Marks[];
}

/** The kernel translates destinations at priority -100 (NF_IP_PRI_NAT_DST). */
function followed(chains: readonly Chain[], { before, after }: Translated, start: readonly Marks[]): Followed {
  let states = start;
  let routed: readonly Marks[] | undefined;
  for (const chain of chains) {
    const isRouted = chain.hook !== 'prerouting';
    if (isRouted) routed ??= states;
    states = passed(chain, isRouted || chain.priority > -100 ? after : before, states);
  }
  return { routed: routed ?? states, left: states };
}

/**
 * In the output hook, the kernel routes a packet again after its destination was translated, and after a chain of the type
 * `route` that changed its mark (docs/netfilter.md, fact 51).
 */
function followedOut(chains: readonly Chain[], { before, after }: Translated, start: readonly Marks[]): Followed {
  let states = start;
  let routed: readonly Marks[] | undefined;
  for (const chain of chains) {
    const isTranslated = chain.hook === 'postrouting' || chain.priority > -100;
    if (isTranslated) routed ??= states;
    const left = passed(chain, isTranslated ? after : before, states);
    if (isTranslated && chain.type === 'route' && setsMarks(chain)) routed = left;
    states = left;
  }
  return { routed: routed ?? states, left: states };
}

function passed(chain: Chain, packet: Packet, states: readonly Marks[]): readonly Marks[] {
  const { on, ended } = walk(chain.name, chain, packet, states, 0);
  return distinct([...ended, ...(chain.policy === 'drop' ? [] : on)]);
}

interface Walked {
  /** Behind the chain. */
  readonly on: readonly Marks[];
  /** Accepted by the base chain. */
  readonly ended: readonly Marks[];
}

/** The kernel allows no more nested jumps (NFT_JUMP_STACK_SIZE). */
const MAX_DEPTH = 16;

function walk(name: string, chain: Chain, packet: Packet, start: readonly Marks[], depth: number): Walked {
  let states = start;
  const returned: Marks[] = [];
  const ended: Marks[] = [];
  for (const rule of depth > MAX_DEPTH ? [] : (chain.rules.get(name) ?? [])) {
    const { skipped, taken } = applied(rule, packet, states);
    if (taken.length === 0) continue;
    const { action } = rule;
    let on: readonly Marks[] = [];
    if (action.kind === 'continue') on = taken;
    else if (action.kind === 'return') returned.push(...taken);
    else if (action.kind === 'accept' || action.kind === 'translate') ended.push(...taken);
    else if (action.kind === 'jump' || action.kind === 'goto') {
      const inner = walk(action.chain, chain, packet, taken, depth + 1);
      ended.push(...inner.ended);
      if (action.kind === 'goto') returned.push(...inner.on);
      else on = inner.on;
    }
    states = distinct([...skipped, ...on]);
  }
  return { on: distinct([...states, ...returned]), ended: distinct(ended) };
}

function applied(
  { conditions, changes = [] }: Rule,
  packet: Packet,
  states: readonly Marks[],
): { readonly skipped: readonly Marks[]; readonly taken: readonly Marks[] } {
  const skipped: Marks[] = [];
  const taken: Marks[] = [];
  for (const marks of states) {
    const marked = { ...packet, marks };
    const answer = answerOf(conditions, marked);
    if (answer !== true) skipped.push(marks);
    if (answer !== false)
      taken.push(...changes.reduce((now, change) => now.flatMap((one) => change(marked, one)), [marks]));
  }
  return { skipped, taken };
}

/** More than these are taken for any mark. */
const MAX_STATES = 256;

function distinct(states: readonly Marks[]): readonly Marks[] {
  if (states.length < 2) return states;
  const found = new Map(states.map((marks) => [`${marks.packet} ${marks.connection}`, marks]));
  return found.size > MAX_STATES ? [{ packet: undefined, connection: undefined }] : [...found.values()];
}
