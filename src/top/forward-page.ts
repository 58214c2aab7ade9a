import { formatBits, formatBytes } from '../counters/amounts.ts';
import type { Rates } from '../counters/rates.ts';
import { formatListen, formatTarget } from '../model/model.ts';
import { fit, plain, sparkline } from './cells.ts';
import type { Line, Size } from './screen.ts';
import { openOf, type Row, type State } from './state.ts';

/** One forward: what it is, how much, and who uses it now. */
export function forwardPage(
  { rows, selected, scrolled, paused, interval, problem }: State,
  size: Size,
): readonly Line[] {
  const row = rows.find(({ used }) => used.forward.name === selected);
  if (row === undefined) return [{ text: `the forward ${plain(selected ?? '')} is not loaded any more` }];
  const { used, rates, history } = row;
  const { forward, sent, replies, connections } = used;
  const listens = forward.listens.map((listen) => formatListen(listen, forward.family)).join(', ');
  const head = `${forward.name}  ${forward.protocols.join(',')} ${listens} -> ${formatTarget(forward.target)}`;
  return [
    { text: plain(head), style: 'head' },
    { text: problem === undefined ? (paused ? 'PAUSED' : `every ${interval} s`) : plain(problem) },
    { text: '' },
    { text: `connections  ${connections}   ${rateOf(rates)}   open now: ${openOf(used) ?? 'not known'}` },
    { text: `received     ${amountOf(sent)}   ${bitsOf(rates?.sentBytes)}` },
    { text: `sent         ${amountOf(replies)}   ${bitsOf(rates?.repliesBytes)}` },
    { text: '' },
    historyLine(
      'receiving',
      history.map(({ sentBytes }) => sentBytes),
      size,
    ),
    historyLine(
      'sending',
      history.map(({ repliesBytes }) => repliesBytes),
      size,
    ),
    { text: '' },
    ...clientLines(row, scrolled),
  ];
}

const rateOf = (rates: Rates | undefined): string => `${rates === undefined ? '-' : rates.connections.toFixed(1)}/s`;

const bitsOf = (bytes: number | undefined): string => (bytes === undefined ? '-' : `${formatBits(bytes)}/s`);

const amountOf = ({ bytes, packets }: { readonly bytes: number; readonly packets: number }): string =>
  `${formatBytes(bytes)} in ${packets} packets`;

const LABEL = 11;
const PEAK = 24;

function historyLine(label: string, values: readonly number[], { columns, unicode }: Size): Line {
  const width = Math.max(1, Math.min(120, columns - LABEL - PEAK));
  const peak = Math.max(...values.slice(-width), 0);
  return { text: `${fit(label, LABEL)}${sparkline(values, width, unicode)}  peak ${formatBits(peak)}/s` };
}

function clientLines({ used: { clients } }: Row, scrolled: number): readonly Line[] {
  if (clients === undefined) return [{ text: 'the tracked connections cannot be read, so the clients are not known' }];
  if (clients.length === 0) return [{ text: 'no client has a connection open' }];
  return [
    { text: cells(`CLIENT (${clients.length})`, 'OPEN', 'RECEIVED', 'SENT'), style: 'head' },
    ...clients.slice(scrolled).map(({ address, open, bytes }) => ({
      text: cells(
        plain(address),
        `${open}`,
        bytes === undefined ? '-' : formatBytes(bytes.sent),
        bytes === undefined ? '-' : formatBytes(bytes.replies),
      ),
    })),
  ];
}

const cells = (address: string, open: string, received: string, sent: string): string =>
  [fit(address, 40), fit(open, 6, 'right'), fit(received, 10, 'right'), fit(sent, 10, 'right')].join(' ');
