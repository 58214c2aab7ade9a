import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Protocol, Stream } from '../lab/agent.ts';
import type { Lab, Machine } from '../lab/lab.ts';

/** One connection, and who must answer it; null: nobody. */
export interface Step {
  readonly from: Machine;
  readonly to: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly fromAddress?: string;
  readonly fromPort?: number;
  readonly expect: Answer | null;
  /**
   * Where bridged packets pass ip's hooks (bridge-nf-call) a reply between neighbours does not go around the
   * host, and a connection that is not masqueraded there works: with the client's own address.
   */
  readonly bridged?: Answer;
  /** The connection is older than the forwards, and than connection tracking on the host. */
  readonly standing?: true;
}

/** A thing a person would try, in a host that forwards `forwards` and in the lab of lab.ts. */
export interface Scenario {
  readonly name: string;
  readonly forwards: readonly ScenarioForward[];
  /** An address that the host gets after the forwards are loaded, and its link. */
  readonly added?: string;
  /** `forwarding: enable`, on a host that does not route yet. */
  readonly turnsRoutingOn?: true;
  /** A forward covers a listening socket of the host. */
  readonly covers?: true;
  readonly steps: readonly Step[];
}

/** What both engines can be told: portfwd as a model, iptables as its two rules. */
export interface ScenarioForward {
  readonly protocol: Protocol;
  readonly listen: string;
  readonly target: string;
  readonly interface?: string | readonly string[];
  readonly wildcard?: true;
  readonly from?: string | readonly string[];
  readonly masquerade?: 'always' | 'never';
  readonly loopback?: true;
}

const PATIENCE = { answer: 6000, silence: 400 } as const;

export async function runStep(
  lab: Lab,
  { from, to, port, protocol, fromAddress, fromPort, expect }: Step,
  patience?: number,
): Promise<Answer | null> {
  const timeout = patience ?? (expect === null ? PATIENCE.silence : PATIENCE.answer);
  return lab.agents[from].probe({
    protocol,
    to,
    port,
    timeout,
    ...(fromAddress === undefined ? {} : { from: fromAddress }),
    ...(fromPort === undefined ? {} : { fromPort }),
  });
}

/** `client to 203.0.113.1 port 6000, tcp` */
export const stepName = ({ from, to, port, protocol }: Step): string => `${from} to ${to} port ${port}, ${protocol}`;

export const answerName = (answer: Answer | null): string =>
  answer === null ? 'no answer' : `${answer.who} ${answer.at} port ${answer.port}, sees ${answer.sees}`;

export const modelOf = ({ forwards, turnsRoutingOn }: Scenario): string =>
  `${JSON.stringify({ version: 1, ...(turnsRoutingOn === true ? { forwarding: 'enable' } : {}), forwards })}\n`;

/** Who answers the step now. */
export type Ask = (patience?: number) => Promise<Answer | null>;

/** Loads a scenario with `load`, takes every step as `step` says, and leaves the host as it was. */
export async function play(
  lab: Lab,
  scenario: Scenario,
  load: () => Promise<void>,
  step: (step: Step, ask: Ask) => Promise<void>,
): Promise<void> {
  const { added, turnsRoutingOn } = scenario;
  if (turnsRoutingOn === true) await lab.sh('host', routing(0));
  const streams = new Map<Step, Stream>();
  for (const one of scenario.steps) if (one.standing === true) streams.set(one, await begin(lab, one));
  try {
    await load();
    if (added !== undefined) await lab.sh('host', `ip address add ${added}`);
    for (const one of scenario.steps) {
      const stream = streams.get(one);
      await step(one, async (patience) => (stream === undefined ? runStep(lab, one, patience) : lastAnswer(stream)));
    }
  } finally {
    for (const stream of streams.values()) await stream.end();
    if (added !== undefined) await lab.sh('host', `ip address delete ${added.replace(' nodad', '')} || true`);
    if (turnsRoutingOn === true) {
      // Else the next command would turn routing off again, as it was found here.
      await lab.portfwd(['down']);
      await lab.sh('host', routing(1));
    }
  }
}

/**
 * Milliseconds between two messages of a standing connection, and in which one is answered. The host's kernel
 * must have been told in between that its answer arrived (40 ms): else it sends that again after a while, and
 * conntrack takes the connection for the host's own.
 */
const STANDING = { every: 100, answer: 400 } as const;

async function begin(lab: Lab, { from, to, port, protocol }: Step): Promise<Stream> {
  await lab.portfwd(['down']); // the last table of the host takes connection tracking with it
  const stream = await lab.agents[from].stream({ protocol, to, port, every: STANDING.every });
  await sleep(STANDING.answer);
  return stream;
}

/** To a message that was sent just now. */
async function lastAnswer(stream: Stream): Promise<Answer | null> {
  const { sent } = await stream.heard();
  await sleep(STANDING.answer);
  const { answers } = await stream.heard();
  const last = [...answers].reverse().find(({ number }) => number > sent);
  return last === undefined ? null : { who: last.who, at: last.at, port: last.port, sees: last.sees };
}

const routing = (value: 0 | 1): string =>
  `sysctl -qw net.ipv4.ip_forward=${value} net.ipv6.conf.all.forwarding=${value}`;
