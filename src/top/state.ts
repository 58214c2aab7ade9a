import { ratesBetween, type Rates } from '../counters/rates.ts';
import type { Usage } from '../counters/ledger.ts';
import type { Forward } from '../model/model.ts';

/** A forward, as it was read last. */
export interface Used extends Usage {
  readonly forward: Forward;
  /** Undefined: the tracked connections cannot be read. */
  readonly clients: readonly Client[] | undefined;
}

interface Client {
  readonly address: string;
  readonly open: number;
  readonly bytes?: { readonly sent: number; readonly replies: number } | undefined;
}

export interface Row {
  readonly used: Used;
  /** Undefined after the first reading. */
  readonly rates: Rates | undefined;
  /** The newest last. */
  readonly history: readonly Rates[];
}

export const SORTS = ['traffic', 'connections', 'open', 'bytes', 'name'] as const;
type Sort = (typeof SORTS)[number];

export interface State {
  readonly rows: readonly Row[];
  /** Milliseconds; when they were read. */
  readonly at: number;
  /** Seconds between two readings. */
  readonly interval: number;
  /** What is wrong now, in one line. */
  readonly problem: string | undefined;
  readonly sort: Sort;
  readonly reversed: boolean;
  readonly filter: string;
  /** The filter is being typed. */
  readonly typing: boolean;
  readonly paused: boolean;
  /** The name of the forward under the cursor. Undefined: the first one. */
  readonly selected: string | undefined;
  /** The page of the selected forward is shown. */
  readonly opened: boolean;
  /** How many clients are above the screen on that page. */
  readonly scrolled: number;
}

export const startState = (interval: number): State => ({
  rows: [],
  at: 0,
  interval,
  problem: undefined,
  sort: 'traffic',
  reversed: false,
  filter: '',
  typing: false,
  paused: false,
  selected: undefined,
  opened: false,
  scrolled: 0,
});

/** As many readings as the widest history needs. */
const MOST_READINGS = 120;

/** The state after another reading. */
export function withReading(state: State, forwards: readonly Used[], at: number, problem: string | undefined): State {
  const seconds = (at - state.at) / 1000;
  const before = new Map(state.rows.map((row) => [row.used.forward.name, row]));
  const rows = forwards.map((used): Row => {
    const old = before.get(used.forward.name);
    const rates = ratesBetween(old?.used, used, seconds);
    const history = old?.history ?? [];
    return { used, rates, history: rates === undefined ? history : [...history, rates].slice(-MOST_READINGS) };
  });
  return { ...state, rows, at, problem };
}

/** Those that the filter admits, in the order of the screen. */
export function shownRows({ rows, filter, sort, reversed }: State): readonly Row[] {
  const words = filter.toLowerCase();
  const shown = words === '' ? [...rows] : rows.filter(({ used: { forward } }) => textOf(forward).includes(words));
  const sign = reversed ? -1 : 1;
  const order = ORDERS[sort];
  return shown.sort((one, other) => sign * order(one, other));
}

const textOf = ({ name, listens, target, protocols }: Forward): string =>
  [
    name,
    ...protocols,
    ...listens.flatMap(({ address, interface: link, ports }) => [address ?? '', link ?? '', `${ports.first}`]),
    target.address,
    `${target.ports?.first ?? ''}`,
  ]
    .join(' ')
    .toLowerCase();

/** The largest first; names from A. */
const ORDERS: Readonly<Record<Sort, (one: Row, other: Row) => number>> = {
  traffic: by(({ rates }) => (rates === undefined ? 0 : rates.sentBytes + rates.repliesBytes)),
  connections: by(({ rates }) => rates?.connections ?? 0),
  open: by(({ used }) => openOf(used) ?? 0),
  bytes: by(({ used }) => used.sent.bytes + used.replies.bytes),
  name: (one, other) => one.used.forward.name.localeCompare(other.used.forward.name),
};

function by(valueOf: (row: Row) => number): (one: Row, other: Row) => number {
  return (one, other) => valueOf(other) - valueOf(one);
}

export const openOf = ({ clients }: Used): number | undefined => clients?.reduce((sum, { open }) => sum + open, 0);

/** The row under the cursor. Undefined: none is shown. */
export function selectedIn(state: State, shown = shownRows(state)): number {
  const index = shown.findIndex(({ used }) => used.forward.name === state.selected);
  return Math.max(0, index);
}
