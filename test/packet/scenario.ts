import type { Answer, Protocol } from './agent.ts';
import type { Lab, Machine } from './lab.ts';

/** One connection, and who must answer it; null: nobody. */
export interface Step {
  readonly from: Machine;
  readonly to: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly fromAddress?: string;
  readonly expect: Answer | null;
}

/** A thing a person would try, in a host that forwards `forwards` and in the lab of lab.ts. */
export interface Scenario {
  readonly name: string;
  readonly forwards: readonly ScenarioForward[];
  /** An address that the host gets after the forwards are loaded, and its link. */
  readonly added?: string;
  readonly steps: readonly Step[];
}

/** What both engines can be told: portfwd as a model, iptables as its two rules. */
export interface ScenarioForward {
  readonly protocol: Protocol;
  readonly listen: string;
  readonly target: string;
}

const PATIENCE = { answer: 3000, silence: 400 } as const;

export async function runStep(
  lab: Lab,
  { from, to, port, protocol, fromAddress, expect }: Step,
  patience?: number,
): Promise<Answer | null> {
  const timeout = patience ?? (expect === null ? PATIENCE.silence : PATIENCE.answer);
  return lab.agents[from].probe({
    protocol,
    to,
    port,
    timeout,
    ...(fromAddress === undefined ? {} : { from: fromAddress }),
  });
}

/** `client to 203.0.113.1 port 6000, tcp` */
export const stepName = ({ from, to, port, protocol }: Step): string => `${from} to ${to} port ${port}, ${protocol}`;

export const answerName = (answer: Answer | null): string =>
  answer === null ? 'no answer' : `${answer.who} ${answer.at} port ${answer.port}, sees ${answer.sees}`;

export const modelOf = ({ forwards }: Scenario): string =>
  `${JSON.stringify({ version: 1, forwards: forwards.map(({ protocol, listen, target }) => ({ protocol, listen, target })) })}\n`;
