import { escapeControls } from '../../../finding/quote.ts';
import { formatListen } from '../../../model/model.ts';
import type { TracedListen } from '../../../trace/table.ts';
import type { TraceResult } from '../../kernel/follow-connections.ts';

export interface AboutTrace {
  readonly word: string;
  readonly listens: readonly TracedListen[];
  readonly from: string | undefined;
  readonly count: number;
  readonly seconds: number;
}

export function formatStart({ word, listens, from, count, seconds }: AboutTrace): string {
  const clients = from === undefined ? '' : ` from ${from}`;
  const connections = count === 1 ? 'connection' : `${count} connections`;
  return escapeControls(
    `tracing ${word} (${listensText(listens)}): the next ${connections}${clients}, for at most ${seconds} s; connect now, Ctrl-C ends it`,
  );
}

const MOST = 5;

const listensText = (listens: readonly TracedListen[]): string =>
  [
    ...listens
      .slice(0, MOST)
      .map(({ family, protocols, listen }) => `${formatListen(listen, family)}/${protocols.join(',')}`),
    ...(listens.length > MOST ? [`${listens.length - MOST} more`] : []),
  ].join(', ');

/** After the connections. */
export function formatSummary(about: AboutTrace, result: TraceResult): string {
  const { connections, fault, lost } = result;
  const lines = [
    ...(fault === undefined ? [] : [`the trace ended early: ${fault}`]),
    ...(lost
      ? ['the kernel lost trace events because there were too many; use --from to trace fewer connections']
      : []),
    ...(connections.length === 0 ? nothingSeen(about, result) : []),
  ];
  return escapeControls(lines.join('\n')).length === 0 ? '' : `${lines.map(escapeControls).join('\n')}\n`;
}

/** Says that nothing arrived only if it is known. */
function nothingSeen(
  { word, from, seconds }: AboutTrace,
  { active, ended, others, earlyChains }: TraceResult,
): string[] {
  const clients = from === undefined ? '' : ` from ${from}`;
  if (!active) return [`it is not known whether a packet for ${word} arrived: the trace was not active all the time`];
  return [
    `no packet for ${word}${clients} arrived at this host${ended === 'time' ? ` in ${seconds} s` : ' so far'}`,
    ...(others === 0 ? [] : [`${others} packets for it arrived from other clients`]),
    ...ELSEWHERE,
    ...(earlyChains.length === 0 ? [] : [`such chains on this host: ${earlyChains.join(', ')}`]),
  ];
}

const ELSEWHERE = [
  'possible causes: the client uses another address or port; a firewall, router or provider before this host drops the packets;',
  'this host drops them before netfilter sees them: the interface, XDP, tc, or nft chains of the families netdev and bridge',
];
