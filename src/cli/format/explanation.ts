import { formatList } from '../../diagnose/name-list.ts';
import type { Finding } from '../../finding/finding.ts';
import { formatListen, formatTarget, type Forward } from '../../model/model.ts';
import { FORWARD_GUARD, TARGET_GUARD } from '../../lower/forward-guard.ts';
import type { Packet } from '../../simulate/packet.ts';
import type { Simulation } from '../../simulate/simulate.ts';
import type { Outcome } from '../../explain/outcome.ts';
import type { AskedRoute } from '../commands/ask-routes.ts';
import { answerText, commandOf, formatAsked, whyNot } from './asked-route.ts';
import { formatTrace, traceJson, type LineOf } from './trace.ts';

export interface Explanation {
  readonly file: string;
  readonly packet: Packet;
  /** Clauses about the interfaces of this host. */
  readonly notes: {
    /** Where the packet arrives, if not on the interface that was named. */
    readonly arrival: string | undefined;
    /** Why packets do not reach the target now. */
    readonly away: string | undefined;
    /** Warnings that the reply may not come back through this host. */
    readonly doubts: readonly Pick<Finding, 'message' | 'remedy'>[];
  };
  readonly simulation: Simulation;
  /** About the way of the packet, and then of the reply. */
  readonly asked: readonly AskedRoute[];
  readonly outcome: Outcome;
  readonly lineOf: LineOf;
}

/** The connection, the chains and rules that it passes, and the result in words. */
export function formatExplanation(explanation: Explanation): string {
  const { packet, notes, simulation, lineOf } = explanation;
  const arrival = notes.arrival === undefined ? [] : [notes.arrival];
  const lines = [packetText(packet), ...arrival, '', formatTrace(simulation.steps, lineOf)];
  return `${lines.join('\n')}\n${outcomeLines(explanation).join('\n')}\n`;
}

function outcomeLines({ outcome, file, packet, notes, simulation, asked, lineOf }: Explanation): string[] {
  const place = (forward: Forward): string => `${file}:${lineOf(forward.path)}`;
  switch (outcome.kind) {
    case 'dropped':
      return [droppedText(outcome, file, packet, lineOf)];
    case 'none': {
      const { message, forward } = outcome.miss;
      return [`no forward applies: ${message}${forward === undefined ? '' : ` (${place(forward)})`}`];
    }
    case 'applies': {
      const { forward, listen, otherAddress, source } = outcome;
      return [
        `the forward ${forward.name} applies (${place(forward)}): ${formatListen(listen, forward.family)} -> ${formatTarget(forward.target)}`,
        ...(otherAddress === undefined ? [] : [otherAddress]),
        wayText(packet, simulation, asked),
        ...(notes.away === undefined ? [] : [notes.away]),
        `the source ${simulation.masqueraded ? 'is rewritten to an address of this host' : `stays ${packet.source}`}: ${source}`,
        ...notes.doubts.map(({ message, remedy }) => `warning: ${message}; ${remedy}`),
        ...asked.map((one) => `the kernel says of ${formatAsked(one)}`),
        ...(simulation.clamped ? ['the MSS is lowered to the MTU of the routes to both ends (mss: clamp)'] : []),
      ];
    }
  }
}

export function explanationJson({ file, packet, notes, simulation, asked, outcome, lineOf }: Explanation): string {
  const applies = outcome.kind === 'applies' ? outcome : undefined;
  const forward = outcome.kind === 'none' ? outcome.miss.forward : outcome.forward;
  const dropped = outcome.kind === 'dropped' && outcome.forward !== undefined;
  return `${JSON.stringify({
    file,
    packet,
    arrival: notes.arrival ?? null,
    outcome: outcome.kind,
    forward:
      forward === undefined
        ? null
        : { name: forward.name, line: lineOf(forward.path), target: formatTarget(forward.target) },
    listen: applies === undefined ? null : formatListen(applies.listen, applies.forward.family),
    otherAddress: applies?.otherAddress ?? null,
    reason: outcome.kind === 'none' ? outcome.miss.reason : dropped ? 'source' : null,
    message: outcome.kind === 'none' ? outcome.miss.message : dropped ? notAllowed(outcome.forward, packet) : null,
    destination: { ...simulation.destination, onThisHost: simulation.local, interface: simulation.oifname ?? null },
    away: notes.away ?? null,
    source: { rewritten: simulation.masqueraded, because: applies?.source ?? null },
    doubts: notes.doubts.map(({ message, remedy }) => ({ message, remedy })),
    routes: asked.map((one) => ({ command: commandOf(one.query), answer: answerText(one) })),
    mss: simulation.clamped ? 'clamp' : 'keep',
    walk: traceJson(simulation.steps, lineOf),
  })}\n`;
}

function droppedText(
  { chain, forward }: Extract<Outcome, { kind: 'dropped' }>,
  file: string,
  packet: Packet,
  lineOf: LineOf,
): string {
  if (forward === undefined)
    return `dropped: no forward applies, and the guard chain ${chain} drops the packet${EXCEPTIONS[chain] ?? ''}`;
  return `dropped: ${notAllowed(forward, packet)} (from, ${file}:${lineOf([...forward.path, 'from'])})`;
}

/** What the facts about this host do not tell. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  [FORWARD_GUARD]: ', unless another program rewrites its source or destination',
  [TARGET_GUARD]:
    ', unless a guest on a bridge sent it and another program rewrites its source, or rewrites its destination',
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

/** The kernel is asked about the way of the packet first. */
function wayText({ path }: Packet, simulation: Simulation, [way]: readonly AskedRoute[]): string {
  const end = endText(simulation.destination);
  const why = way && whyNot(way);
  return why === undefined
    ? `it goes to ${end}, ${placeText(simulation)}`
    : `it would go to ${end}, but the kernel does not ${path === 'own' ? 'send' : 'forward'} it now: ${why}`;
}

const placeText = ({ local, oifname }: Simulation): string =>
  local ? 'on this host' : oifname === undefined ? 'through the route to it' : `out through ${oifname}`;

const endText = ({ address, port }: Simulation['destination']): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
