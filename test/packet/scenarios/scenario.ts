import { PATIENCE, type Answer, type Protocol, type Stream } from '../lab/agent.ts';
import type { Lab, Machine } from '../lab/lab.ts';
import { until } from '../lab/until.ts';

/** One connection, and who must answer it; null: no answer. */
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
  /** The client sends more than fits in one packet, and the service answers at the end. */
  readonly large?: true;
}

/** What a user would try on a host that forwards `forwards`, in the lab of lab.ts. */
export interface Scenario {
  readonly name: string;
  readonly forwards: readonly ScenarioForward[];
  /** An address that the host gets after the forwards are loaded, and its link. */
  readonly added?: string;
  /** `forwarding: enable`, on a host that does not route yet. */
  readonly turnsRoutingOn?: true;
  /** The link of the host to the target takes smaller packets than the others, and the client does not learn of it. */
  readonly narrow?: true;
  /** A forward covers a listening socket of the host. */
  readonly covers?: true;
  readonly steps: readonly Step[];
}

/** What each implementation can express. */
export interface ScenarioForward {
  readonly protocol: Protocol;
  readonly listen: string;
  readonly target: string;
  readonly interface?: string | readonly string[];
  readonly wildcard?: true;
  readonly from?: string | readonly string[];
  readonly masquerade?: 'always' | 'never';
  readonly loopback?: true;
  readonly mss?: 'clamp';
}

async function ask(
  lab: Lab,
  { from, to, port, protocol, fromAddress, fromPort, large }: Step,
  timeout: number,
): Promise<Answer | null> {
  if (large === true) {
    const stream = await lab.agents[from].stream({ protocol, to, port, pad: 20_000 });
    const answer = await stream.ask(timeout);
    await stream.end();
    return answer;
  }
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

const answerName = (answer: Answer | null): string =>
  answer === null ? 'no answer' : `${answer.who} ${answer.at} port ${answer.port}, sees ${answer.sees}`;

export const modelOf = ({ forwards, turnsRoutingOn }: Scenario): string =>
  `${JSON.stringify({ version: 1, ...(turnsRoutingOn === true ? { forwarding: 'enable' } : {}), forwards })}\n`;

export interface Outcome {
  readonly step: Step;
  readonly answer: Answer | null;
}

/** The first step with another answer than expected, and that answer; undefined if there is none. */
export function faultOf(outcomes: readonly Outcome[]): string | undefined {
  const fault = outcomes.find(({ step, answer }) => answerName(answer) !== answerName(step.expect));
  return fault && faultName(fault.step, fault.answer);
}

/** `client to 203.0.113.1 port 6000, tcp: no answer` */
export const faultName = (step: Step, answer: Answer | null): string => `${stepName(step)}: ${answerName(answer)}`;

/** Milliseconds to wait for the answer to a step. */
type Patience = (step: Step) => number;

const patient: Patience = (step) => (step.expect === null ? PATIENCE.silence : PATIENCE.answer);

/** Loads a scenario with `load`, takes all steps at once, and leaves the host as it was. */
export async function play(
  lab: Lab,
  scenario: Scenario,
  load: () => Promise<void>,
  patience: Patience = patient,
): Promise<Outcome[]> {
  const { added, turnsRoutingOn, narrow, steps } = scenario;
  if (turnsRoutingOn === true) await lab.sh('host', routing(0));
  if (narrow === true) await setNarrow(lab, true);
  const streams = new Map<Step, Stream>();
  for (const step of steps) if (step.standing === true) streams.set(step, await openConnection(lab, step));
  try {
    await load();
    if (added !== undefined) await addAddress(lab, added);
    const outcomes = steps.map(async (step) => {
      const timeout = patience(step);
      return { step, answer: await (streams.get(step)?.ask(timeout) ?? ask(lab, step, timeout)) };
    });
    return await Promise.all(outcomes);
  } finally {
    for (const stream of streams.values()) await stream.end();
    if (narrow === true) await setNarrow(lab, false);
    if (added !== undefined) await lab.sh('host', `ip address delete ${added.replace(' nodad', '')} || true`);
    if (turnsRoutingOn === true) {
      // Else the next command would turn routing off again, as it was found here.
      await lab.portfwd(['down']);
      await lab.sh('host', routing(1));
    }
  }
}

/**
 * `added`: as `ip address add` takes it. The kernel makes the local route of an IPv6 address a moment later. A datagram
 * that arrives before would begin a flow that is not forwarded, and the client's later ones would follow it.
 */
async function addAddress(lab: Lab, added: string): Promise<void> {
  await lab.sh('host', `ip address add ${added}`);
  const route = `ip route get ${added.replace(/\/.*/, '')}`;
  await until('the address is local', async () => (await lab.sh('host', `${route} || true`)).startsWith('local '));
}

/**
 * Without connection tracking, which the host's last table takes with it. The host's kernel must know that its answer
 * has arrived. Otherwise it would send it again later, and conntrack would take the connection for one of the host's own.
 */
async function openConnection(lab: Lab, { from, to, port, protocol }: Step): Promise<Stream> {
  await lab.portfwd(['down']);
  const stream = await lab.agents[from].stream({ protocol, to, port });
  await stream.ask(PATIENCE.answer);
  await until('the answer is acknowledged', async () => {
    const sockets = await lab.sh('host', `ss -Hnt state established 'sport = :${port}'`);
    return sockets.split('\n').every((line) => /^\d+ +0 /.test(line));
  });
  return stream;
}

async function setNarrow(lab: Lab, narrow: boolean): Promise<void> {
  await lab.sh('host', `ip link set in0 mtu ${narrow ? 1300 : 1500}`);
  await lab.sh('client', narrow ? NO_ICMP : 'nft delete table inet quiet; ip route flush cache');
}

const NO_ICMP = `
  nft 'add table inet quiet; add chain inet quiet input { type filter hook input priority 0; }'
  nft 'add rule inet quiet input icmp type destination-unreachable drop'
  nft 'add rule inet quiet input icmpv6 type packet-too-big drop'
`;

const routing = (value: 0 | 1): string =>
  `sysctl -qw net.ipv4.ip_forward=${value} net.ipv6.conf.all.forwarding=${value}`;
