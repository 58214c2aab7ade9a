import type { At } from '../../../trace/steps.ts';
import type { Verdict } from '../../../trace/verdict.ts';
import type { TracedConnection } from './traced-connection.ts';
import { endText, isOurs, ownDrop } from './traced-words.ts';

/** What became of the connection, in one line. */
export function verdictText(connection: TracedConnection): string {
  const { verdict, first, destination, forward, why } = connection;
  const to = endText(destination);
  const by = forward === undefined ? 'no forward of this file sends it to' : `${forward} forwards it to`;
  switch (verdict.kind) {
    case 'answered':
      return `answered: ${by} ${to}, and the answer ${leftText(connection)}`;
    case 'refused':
      return `refused: ${by} ${to}, and ${verdict.by} ${refusalText(connection, verdict)}`;
    case 'dropped':
    case 'rejected':
      return `${verdict.kind} in ${verdict.hook}, ${byText(verdict, connection)}${hintFor(verdict)}`;
    case 'queued':
      return `in ${verdict.hook}, a rule of ${verdict.table}, chain ${verdict.chain}, handed it to another program; what that did with it is not known`;
    case 'lost':
      return `lost: ${lostText(verdict)}${why === undefined ? '' : `: ${why}`}`;
    case 'unanswered':
      return `no answer: ${by} ${to}, ${placeText(connection)}, and no answer came through this host within ${connection.waited} s; ${silenceText(connection)}`;
    case 'answer dropped':
      return `the answer of ${to} was dropped in ${verdict.hook}, ${byText(verdict, connection)}`;
    case 'answer lost':
      return `the answer of ${to} got lost: ${lostText(verdict)}${why === undefined ? '' : `: ${why}`}`;
    case 'not forwarded':
      return verdict.known
        ? `not forwarded: it belongs to a connection that was there before, whose first packet was not forwarded; portfwd apply ends such connections`
        : `not forwarded: no rule rewrote its destination, so it went to ${endText({ address: first.daddr, port: first.dport })} itself`;
    case 'unknown':
      return 'not known: the kernel lost trace events because there were too many';
  }
}

/** Where the answer left, and whether that is where the packet came in. */
function leftText({ first, answer, request }: TracedConnection): string {
  const reached = answer?.reached;
  if (reached?.kind !== 'went out') return 'reached the client on this host';
  const { iif } = first;
  const local = request.reached.kind === 'delivered' ? '' : ` came in through ${answer?.first.iif} and`;
  const other =
    iif === undefined || iif === reached.interface
      ? ''
      : `; the packet came in through ${iif}, so the answer takes another way than the packet: if the client gets no answer, that network drops packets from addresses that are not its own`;
  return `${local} went out through ${reached.interface}${other}`.trim();
}

const refusalText = (
  { destination }: TracedConnection,
  { icmp, by }: Extract<Verdict, { kind: 'refused' }>,
): string => {
  if (icmp !== undefined) return `sent the ICMP message ${icmp}`;
  return by === destination.address
    ? 'refused the connection: nothing listens on that port there, or a firewall there rejects it'
    : 'refused the connection';
};

function byText(
  { table, chain, by }: At & { readonly by: { readonly rule: string } | 'policy' },
  connection: TracedConnection,
): string {
  if (isOurs(table)) return `by portfwd: ${ownDrop(chain, connection)}`;
  if (by === 'policy') return `by the policy of ${table}, chain ${chain}: no rule of it accepted the packet`;
  return `by a rule of ${table}, chain ${chain}: ${by.rule}`;
}

/** `check` knows the chains of other programs at these hooks. */
const hintFor = ({ hook, table }: At): string =>
  !isOurs(table) && (hook === 'forward' || hook === 'input')
    ? '; portfwd check may have the command that lets it through'
    : '';

function lostText({ hook, at }: Extract<Verdict, { kind: 'lost' | 'answer lost' }>): string {
  if (hook === 'prerouting' && at === 'last') return 'the kernel dropped it when it looked up its route';
  if (at === 'last') return `the kernel dropped it after ${hook}`;
  const full = at === 'first' && (hook === 'prerouting' || hook === 'output') ? 'a full conntrack table, ' : '';
  return `it was dropped in ${hook}, but not by a rule of nft: ${full}iptables-legacy or a module of the kernel can do that`;
}

const placeText = ({ request: { reached } }: TracedConnection): string =>
  reached.kind === 'went out' ? `it went out through ${reached.interface}` : 'it was delivered on this host';

const silenceText = ({ first, request: { reached } }: TracedConnection): string => {
  if (reached.kind === 'delivered') return 'the service there sent none';
  const service = first.protocol === 'udp' ? 'its service may send none, ' : '';
  return `${service}the target may be off, a firewall there may drop it, or its answer may take another way than through this host`;
};
