import { formatBits, formatBytes } from '../counters/amounts.ts';
import { formatListen } from '../model/model.ts';
import { fit, plain, sparkline } from './cells.ts';
import { forwardPage } from './forward-page.ts';
import { openOf, selectedIn, shownRows, type Row, type State } from './state.ts';

/** What the terminal can show. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
  /** It shows more than ASCII. */
  readonly unicode: boolean;
}

export interface Line {
  /** At most as wide as the screen. */
  readonly text: string;
  readonly style?: 'head' | 'selected';
}

/** Lines above the first forward, and below the last. */
const ABOVE = 3;
const BELOW = 1;

/** How many forwards fit on the screen. */
export const pageOf = ({ rows }: Pick<Size, 'rows'>): number => Math.max(1, rows - ABOVE - BELOW);

/** Exactly as many lines as the screen has. */
export function screenOf(state: State, size: Size): readonly Line[] {
  const { columns, rows } = size;
  const page = state.opened ? forwardPage(state, size) : listPage(state, size);
  const body = page.slice(0, Math.max(0, rows - 1));
  const blank = Array.from({ length: Math.max(0, rows - 1 - body.length) }, () => ({ text: '' }));
  return [...body, ...blank, { text: helpOf(state), style: 'head' as const }]
    .slice(-rows)
    .map((line) => ({ ...line, text: line.text.length > columns ? line.text.slice(0, columns) : line.text }));
}

function listPage(state: State, size: Size): readonly Line[] {
  const shown = shownRows(state);
  const columns = columnsFor(size);
  const page = pageOf(size);
  const selected = selectedIn(state, shown);
  // Whole pages: rows stay where they are while the cursor moves.
  const first = Math.floor(selected / page) * page;
  const visible = shown.slice(first, first + page);
  const cells = (text: (column: Column) => string): string =>
    columns.map((column) => fit(text(column), column.width, column.align)).join(' ');
  return [
    { text: titleOf(state, shown.length, first, visible.length) },
    { text: state.problem === undefined ? sumsOf(shown) : plain(state.problem) },
    { text: ` ${cells(({ title }) => title)}`, style: 'head' },
    ...visible.map((row, index): Line => {
      const text = cells(({ cell }) => cell(row, size));
      return first + index === selected ? { text: `>${text}`, style: 'selected' } : { text: ` ${text}` };
    }),
  ];
}

function titleOf(
  { rows, interval, paused, sort, reversed, filter }: State,
  shown: number,
  first: number,
  visible: number,
) {
  const range = visible < shown ? ` (${first + 1}-${first + visible})` : '';
  const filtered = filter === '' ? '' : `, ${shown} with "${filter}"`;
  return [
    `portfwd top: ${rows.length} ${rows.length === 1 ? 'forward' : 'forwards'}${filtered}${range}`,
    `by ${sort}${reversed ? ', smallest first' : ''}`,
    paused ? 'PAUSED' : `every ${interval} s`,
  ].join('  ');
}

function sumsOf(rows: readonly Row[]): string {
  const sum = (value: (row: Row) => number): number => rows.reduce((all, row) => all + value(row), 0);
  return [
    `receiving ${formatBits(sum(({ rates }) => rates?.sentBytes ?? 0))}/s`,
    `sending ${formatBits(sum(({ rates }) => rates?.repliesBytes ?? 0))}/s`,
    `${sum(({ rates }) => rates?.connections ?? 0).toFixed(1)} connections/s`,
    `${sum(({ used }) => openOf(used) ?? 0)} open`,
  ].join('   ');
}

/** In 80 columns. */
function helpOf({ typing, filter, opened, paused }: State): string {
  if (typing) return `filter: ${filter}_   Enter keeps it   Esc removes it`;
  const pause = paused ? 'p go on' : 'p pause';
  return opened
    ? `q quit   Esc list   up/down clients   ${pause}`
    : `q quit   up/down select   Enter open   s sort   r reverse   / filter   ${pause}`;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  readonly cell: (row: Row, size: Size) => string;
}

const right = (title: string, width: number, cell: Column['cell']): Column => ({ title, width, align: 'right', cell });
const left = (title: string, width: number, cell: Column['cell']): Column => ({ title, width, align: 'left', cell });

const name = (width: number): Column => left('NAME', width, ({ used }) => plain(used.forward.name));
const history = (width: number): Column =>
  left('HISTORY', width, (row, { unicode }) =>
    sparkline(
      row.history.map(({ sentBytes, repliesBytes }) => sentBytes + repliesBytes),
      width,
      unicode,
    ),
  );
const CONNECTING = right('CONN/S', 6, ({ rates }) => (rates === undefined ? '-' : rates.connections.toFixed(1)));
const RECEIVING = right('RECEIVING', 9, ({ rates }) => (rates === undefined ? '-' : formatBits(rates.sentBytes)));
const SENDING = right('SENDING', 9, ({ rates }) => (rates === undefined ? '-' : formatBits(rates.repliesBytes)));
const OPEN = right('OPEN', 6, ({ used }) => `${openOf(used) ?? '-'}`);
const CONNECTIONS = right('CONNS', 8, ({ used }) => `${used.connections}`);
const BYTES = right('BYTES', 9, ({ used }) => formatBytes(used.sent.bytes + used.replies.bytes));
const CLIENTS = right('CLIENTS', 7, ({ used }) =>
  used.clients === undefined ? '-' : `${used.clients.filter(({ open }) => open > 0).length}`,
);
const LISTEN = left('LISTEN', 18, ({ used: { forward } }) =>
  plain(forward.listens.map((listen) => formatListen(listen, forward.family)).join(',')),
);

/** The most important first: those that do not fit are left out. */
function columnsFor({ columns }: Size): readonly Column[] {
  if (columns >= 110)
    return [
      name(20),
      LISTEN,
      CONNECTING,
      RECEIVING,
      SENDING,
      OPEN,
      CLIENTS,
      CONNECTIONS,
      BYTES,
      history(columns - 102),
    ];
  if (columns >= 72) return [name(columns - 69), CONNECTING, RECEIVING, SENDING, OPEN, CONNECTIONS, BYTES, history(12)];
  if (columns >= 46) return [name(columns - 35), CONNECTING, RECEIVING, SENDING, OPEN];
  if (columns >= 30) return [name(columns - 21), RECEIVING, SENDING];
  return columns >= 20 ? [name(columns - 11), RECEIVING] : [name(Math.max(1, columns - 1))];
}
