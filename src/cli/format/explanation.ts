import { formatList } from '../../diagnose/name-list.ts';
import { escapeControls } from '../../finding/quote.ts';
import type { Finding, ModelPath } from '../../finding/finding.ts';
import { markText } from '../../model/routing/mark-text.ts';
import { formatListen, formatTarget, type Forward } from '../../model/model.ts';
import { FORWARD_GUARD, TARGET_GUARD } from '../../lower/guard/forward-guard.ts';
import { LATE_GUARD } from '../../lower/guard/late-guard.ts';
import type { Packet } from '../../simulate/packet.ts';
import type { Simulation } from '../../simulate/simulate.ts';
import type { Outcome } from '../../explain/outcome.ts';
import type { TableState } from '../../status/kernel.ts';
import type { AskedRoute } from '../kernel/ask-routes.ts';
import { printable, printableJson } from '../printable.ts';
import { answerText, commandOf, formatAsked, whyNot } from './asked-route.ts';
import { formatTrace, traceJson, type LineOf } from './trace/trace.ts';

export interface Explanation extends Way {
  readonly file: string;
  readonly packet: Packet;
  /** Clauses about the interfaces of this host. */
  readonly notes: {
    /** Where the packet arrives, if not on the interface that was named. */
    readonly arrival: string | undefined;
    /** Why packets do not reach the target now. */
    readonly away: string | undefined;
    /** Warnings of what other programs on this host do with the packet. */
    readonly warnings: readonly Pick<Finding, 'code' | 'message' | 'remedy'>[];
    /** Warnings that the reply may not come back through this host. */
    readonly doubts: readonly Pick<Finding, 'message' | 'remedy'>[];
  };
  /** Whether the kernel holds the forward that applies. Undefined: portfwd may not ask it, or none applies. */
  readonly loaded: TableState | undefined;
  /** The marks that the packet can have when it is routed. Undefined: portfwd may not read what sets them. */
  readonly marks: readonly number[] | undefined;
  /** Those for which routing rules ask. */
  readonly ruleMarks: readonly number[];
  /** The ways of packets with other marks. */
  readonly others: readonly Way[];
  /** About the ways of the replies. */
  readonly replies: readonly AskedRoute[];
  readonly lineOf: LineOf;
  /** Of the files of the model, the one that has this place. */
  readonly fileOf: (path: ModelPath) => string;
}

/** One way that the packet can take. */
export interface Way {
  /** Undefined if the kernel was not asked. */
  readonly asked: AskedRoute | undefined;
  readonly simulation: Simulation;
  readonly outcome: Outcome;
}

/** The connection, the chains and rules that it passes, and the result in words. */
export function formatExplanation(explanation: Explanation): string {
  const { packet, notes, simulation, lineOf } = explanation;
  const arrival = notes.arrival === undefined ? [] : [notes.arrival];
  const above = [packetText(packet), ...arrival].map(escapeControls);
  const below = outcomeLines(explanation).map(escapeControls);
  return `${[...above, '', printable(formatTrace(simulation.steps, lineOf)), ...below].join('\n')}\n`;
}

function outcomeLines(explanation: Explanation): string[] {
  const { outcome, packet, notes, simulation, asked, others, replies, lineOf, fileOf } = explanation;
  const place = (forward: Forward): string => `${fileOf(forward.path)}:${lineOf(forward.path)}`;
  switch (outcome.kind) {
    case 'dropped':
      return [droppedText(outcome, packet, { lineOf, fileOf })];
    case 'none': {
      const { message, forward } = outcome.miss;
      return [`no forward applies: ${message}${forward === undefined ? '' : ` (${place(forward)})`}`];
    }
    case 'applies': {
      const { forward, listen, otherAddress } = outcome;
      const isOnly = others.length === 0;
      const all = [asked, ...others.map((way) => way.asked), ...replies].filter((one) => one !== undefined);
      return [
        `the forward ${forward.name} applies (${place(forward)}): ${formatListen(listen, forward.family)} -> ${formatTarget(forward.target)}`,
        ...(otherAddress === undefined ? [] : [otherAddress]),
        ...markLines(explanation),
        ...wayLines(packet, explanation, isOnly, notes.away),
        ...others.flatMap((way) => wayLines(packet, way, isOnly)),
        ...lostReplies(packet, replies),
        ...[...notes.warnings, ...notes.doubts].map(({ message, remedy }) => `warning: ${message}; ${remedy}`),
        ...all.map((one) => `the kernel says of ${formatAsked(one)}`),
        ...(simulation.clamped ? ['the MSS is lowered to the MTU of the routes to both ends (mss: clamp)'] : []),
        LOADED[explanation.loaded ?? 'unknown'],
      ];
    }
  }
}

const LOADED: Readonly<Record<TableState | 'unknown', string>> = {
  'in sync': 'the kernel holds the forward as the file says',
  drifted: 'the kernel does not hold the forward as the file says; portfwd status shows the difference',
  missing: 'the kernel does not hold the forward, so it does not work now; portfwd apply loads it',
  foreign: 'the table inet portfwd in the kernel is not of portfwd, so the forward is not loaded',
  unknown: 'whether the kernel holds the forward is not known; run this as root',
};

export function explanationJson(explanation: Explanation): string {
  const { file, packet, notes, simulation, asked, outcome, others, replies, marks, lineOf, fileOf } = explanation;
  const applies = outcome.kind === 'applies' ? outcome : undefined;
  const forward = outcome.kind === 'none' ? outcome.miss.forward : outcome.forward;
  const dropped = outcome.kind === 'dropped' && outcome.forward !== undefined;
  return `${printableJson({
    file,
    packet,
    arrival: notes.arrival ?? null,
    outcome: outcome.kind,
    forward:
      forward === undefined
        ? null
        : {
            name: forward.name,
            file: fileOf(forward.path),
            line: lineOf(forward.path),
            target: formatTarget(forward.target),
          },
    listen: applies === undefined ? null : formatListen(applies.listen, applies.forward.family),
    loaded: explanation.loaded ?? null,
    otherAddress: applies?.otherAddress ?? null,
    reason: outcome.kind === 'none' ? outcome.miss.reason : dropped ? 'source' : null,
    message: outcome.kind === 'none' ? outcome.miss.message : dropped ? notAllowed(outcome.forward, packet) : null,
    destination: { ...simulation.destination, onThisHost: simulation.local, interface: simulation.oifname ?? null },
    away: notes.away ?? null,
    source: { rewritten: simulation.masqueraded, because: applies?.source ?? null },
    warnings: notes.warnings.map(({ code, message, remedy }) => ({ code, message, remedy })),
    doubts: notes.doubts.map(({ message, remedy }) => ({ message, remedy })),
    marks: marks ?? null,
    otherWays: others.map(otherWayJson),
    routes: [asked, ...others.map((way) => way.asked), ...replies]
      .filter((one) => one !== undefined)
      .map((one) => ({ command: commandOf(one.query), answer: answerText(one) })),
    mss: simulation.clamped ? 'clamp' : 'keep',
    walk: traceJson(simulation.steps, lineOf),
  })}\n`;
}

function droppedText(
  { chain, forward }: Extract<Outcome, { kind: 'dropped' }>,
  packet: Packet,
  { lineOf, fileOf }: Pick<Explanation, 'lineOf' | 'fileOf'>,
): string {
  if (forward === undefined)
    return `dropped: no forward applies, and the guard chain ${chain} drops the packet${EXCEPTIONS[chain] ?? ''}`;
  return `dropped: ${notAllowed(forward, packet)} (from, ${fileOf(forward.path)}:${lineOf([...forward.path, 'from'])})`;
}

/** What the facts about this host do not tell. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  [FORWARD_GUARD]: ', unless another program rewrites its source or destination',
  [TARGET_GUARD]:
    ', unless a guest on a bridge sent it and another program rewrites its source, or rewrites its destination',
  [LATE_GUARD]:
    ', unless it comes in through the bridge, veth or tunnel of a guest, or another program rewrites its destination',
};

const notAllowed = ({ name, from }: Forward, { source }: Packet): string =>
  `the forward ${name} allows only ${formatList(from)}, not ${source}`;

function packetText({ protocol, source, destination, destinationPort, path, iifname }: Packet): string {
  const origin =
    path === 'own'
      ? 'from this host itself'
      : `in through ${iifname ?? 'an unknown interface (name it with --interface)'}`;
  return `${protocol} from ${source} to ${endText({ address: destination, port: destinationPort })}, ${origin}`;
}

const otherWayJson = ({ asked, simulation, outcome }: Way) => ({
  mark: asked?.query.mark ?? 0,
  interface: simulation.oifname ?? null,
  source: { rewritten: simulation.masqueraded, because: outcome.kind === 'applies' ? outcome.source : null },
});

/** Which marks the packet has, if routing rules ask for marks. */
function markLines({ marks, ruleMarks, others }: Explanation): string[] {
  if (marks === undefined)
    return [
      `routing rules send packets with ${marksText(ruleMarks)} another way, and only root can read which packets have one: --mark explains a packet with a mark`,
    ];
  if (others.length > 0)
    return ['its way depends on the mark that rules of other tables give it; --mark explains a packet with one mark'];
  const [only = 0, ...more] = marks;
  if (more.length > 0 || only === 0) return [];
  return [`it has ${marksText(marks)} when the kernel routes it`];
}

const marksText = (marks: readonly number[]): string => `mark ${formatList(marks.map(markText))}`;

function wayLines(packet: Packet, { asked, simulation, outcome }: Way, isOnly: boolean, away?: string): string[] {
  const end = endText(simulation.destination);
  const why = asked && whyNot(asked);
  const { mark } = asked?.query ?? {};
  const prefix = isOnly ? '' : mark === undefined ? 'without a mark ' : `with mark ${markText(mark)} `;
  const source = outcome.kind === 'applies' ? `: ${outcome.source}` : '';
  return [
    why === undefined
      ? `${prefix}it goes to ${end}, ${placeText(simulation)}`
      : `${prefix}it would go to ${end}, but the kernel does not ${packet.path === 'own' ? 'send' : 'forward'} it now: ${why}`,
    ...(away === undefined ? [] : [away]),
    `the source ${simulation.masqueraded ? 'is rewritten to an address of this host' : `stays ${packet.source}`}${source}`,
  ];
}

/** If the mark of the reply is not known, one that arrives is enough. */
function lostReplies({ source }: Packet, replies: Explanation['replies']): string[] {
  const reasons = replies.flatMap((one) => whyNot(one) ?? []);
  return reasons.length === 0 || reasons.length < replies.length
    ? []
    : [`the reply does not reach ${source}: the kernel does not forward it now: ${formatList([...new Set(reasons)])}`];
}

const placeText = ({ local, oifname }: Simulation): string =>
  local ? 'on this host' : oifname === undefined ? 'through the route to it' : `out through ${oifname}`;

const endText = ({ address, port }: Simulation['destination']): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
