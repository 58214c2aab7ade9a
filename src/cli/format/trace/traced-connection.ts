import { escapeControls } from '../../../finding/quote.ts';
import type { Header } from '../../../trace/header.ts';
import type { End, Step } from '../../../trace/steps.ts';
import type { Judged } from '../../../trace/verdict.ts';
import { verdictText } from './traced-verdict.ts';
import { endText, isOurs, ownDrop } from './traced-words.ts';

/** A traced connection, and what is known of it besides its events. */
export interface TracedConnection extends Judged {
  readonly number: number;
  /** The forward that sends it to its destination; undefined: no forward does. */
  readonly forward: string | undefined;
  /** The forwards with its listen. */
  readonly candidates: readonly string[];
  /** Why the kernel dropped it when it was routed. */
  readonly why: string | undefined;
  /** Seconds between its first packet and the end of the wait. */
  readonly waited: number;
}

export function formatConnection(connection: TracedConnection): string {
  const { number, first, request, answer, repeats } = connection;
  const lines = [
    `connection ${number}: ${first.protocol} from ${endText(sourceOf(first))} to ${endText(targetOf(first))}`,
    ...request.steps.flatMap((step) => stepLine(step, connection)),
    ...(repeats === 0 ? [] : [`the client sent it again (seen ${repeats === 1 ? 'once' : `${repeats} times`})`]),
    ...(answer === undefined
      ? []
      : [
          `answer: ${answerText(answer.first)} from ${endText(sourceOf(answer.first))}`,
          ...answer.steps
            .filter(({ kind }) => kind !== 'known connection')
            .flatMap((step) => stepLine(step, connection))
            .map((line) => `  ${line}`),
        ]),
    `verdict: ${verdictText(connection)}`,
  ].map(escapeControls);
  return lines.map((line, index) => `${index === 0 ? '' : '  '}${line}\n`).join('');
}

export const connectionJson = (connection: TracedConnection) => {
  const { number, first, request, answer, repeats, forward, destination, verdict } = connection;
  return {
    number,
    protocol: first.protocol,
    from: sourceOf(first),
    to: targetOf(first),
    destination,
    forward: forward ?? null,
    repeats,
    steps: request.steps,
    answer:
      answer === undefined
        ? null
        : {
            from: sourceOf(answer.first),
            flags: answer.first.flags,
            icmp: answer.first.icmp ?? null,
            steps: answer.steps,
          },
    verdict: { ...verdict, text: verdictText(connection) },
  };
};

const sourceOf = ({ saddr, sport }: Header): End => ({
  address: saddr,
  ...(sport === undefined ? {} : { port: sport }),
});
const targetOf = ({ daddr, dport }: Header): End => ({
  address: daddr,
  ...(dport === undefined ? {} : { port: dport }),
});

const answerText = ({ icmp, protocol, flags }: Header): string =>
  icmp === undefined ? [protocol, ...(flags.length === 0 ? [] : [flags.join(',')])].join(' ') : `${protocol} ${icmp}`;

function stepLine(step: Step, connection: TracedConnection): string[] {
  switch (step.kind) {
    case 'came in':
      return [step.interface === 'lo' ? 'came in through lo, from this host' : `came in through ${step.interface}`];
    case 'sent by this host':
      return ['sent by this host'];
    case 'known connection':
      return ['belongs to a connection that was there before; its first packet decided about NAT'];
    case 'rule':
      return isOurs(step.table) ? ownRule(step, connection) : ruleLine(step);
    case 'policy':
      if (isOurs(step.table) && step.verdict === 'accept') return [];
      return [`${step.hook}: ${step.table} ${step.chain}: ${wordFor(step.verdict)} by the policy of the chain`];
    case 'rewritten':
      return [rewriteLine(step, connection.forward)];
    case 'routed':
      return [step.to === 'this host' ? 'routing: to this host' : `routing: out through ${step.to.interface}`];
    case 'delivered':
      return ['delivered on this host'];
    case 'went out':
      return [`went out through ${step.interface}`];
  }
}

type RuleStep = Extract<Step, { kind: 'rule' }>;

/** A rule that only jumps tells nothing. */
function ruleLine({ hook, table, chain, rule, verdict }: RuleStep): string[] {
  if (/^(?:jump|goto|return)\b/.test(verdict)) return [];
  const effect = verdict === 'continue' ? 'matched' : `${wordFor(verdict)} by`;
  return [`${hook}: ${table} ${chain}: ${effect} the rule: ${rule}`];
}

const ownRule = (step: RuleStep, connection: TracedConnection): string[] =>
  step.verdict === 'drop' ? [`${step.hook}: portfwd drops it: ${ownDrop(step.chain, connection)}`] : [];

function rewriteLine({ what, to, by }: Extract<Step, { kind: 'rewritten' }>, forward: string | undefined): string {
  if (by === undefined) return `the NAT of the connection sets the ${what} to ${endText(to)}`;
  const who = isOurs(by.table)
    ? `portfwd${forward === undefined ? '' : ` (forward ${forward})`}`
    : `${by.table} ${by.chain}`;
  const rule = isOurs(by.table) ? '' : `, by the rule: ${by.rule}`;
  return `${by.hook}: ${who} rewrites the ${what} to ${endText(to)}${rule}`;
}

const WORDS: Readonly<Record<string, string>> = { accept: 'accepted', drop: 'dropped', queue: 'handed to a program' };

const wordFor = (verdict: string): string => (Object.hasOwn(WORDS, verdict) ? WORDS[verdict] : undefined) ?? verdict;
