import type { Forward } from '../model/model.ts';
import { attributeTo } from './attribute.ts';
import type { CountedElement, Counts, Snapshot } from './snapshot.ts';

/** What went through a forward since it was first loaded. */
export interface Usage {
  /** From clients to the target. */
  readonly sent: Counts;
  readonly replies: Counts;
  readonly connections: number;
}

/** What is on record: the sums of each forward, and which values of the kernel are in them already. */
export interface Ledger {
  /** By the name of the forward. */
  readonly sums: Readonly<Record<string, Usage>>;
  /** By boot and network namespace. */
  readonly taken: Readonly<Record<string, Taken>>;
  /** The names of files with saved values that are in the sums. */
  readonly read: readonly string[];
}

type Taken = Pick<Snapshot, 'handle' | 'elements'>;

export const EMPTY_LEDGER: Ledger = { sums: {}, taken: {}, read: [] };

/** Nothing was ever counted. */
export const isEmpty = ({ sums, taken }: Ledger): boolean =>
  Object.keys(sums).length === 0 && Object.values(taken).every(({ elements }) => elements.length === 0);

const NOTHING: Counts = { packets: 0, bytes: 0 };
export const NO_USAGE: Usage = { sent: NOTHING, replies: NOTHING, connections: 0 };

/** Adds what was counted since the last time to the sums of the forwards that listened there meanwhile. */
export function settle(ledger: Ledger, snapshot: Snapshot, forwards: readonly Forward[]): Ledger {
  const { network, handle, elements } = snapshot;
  const last = ledger.taken[network];
  const before = new Map(
    last?.handle === handle ? notReset(last.elements, elements).map((one) => [keyOf(one), one]) : [],
  );
  const forwardAt = attributeTo(forwards);
  const sums = new Map(Object.entries(ledger.sums));
  for (const element of elements) {
    const name = forwardAt(element)?.name;
    if (name !== undefined)
      sums.set(name, added(sums.get(name) ?? NO_USAGE, since(before.get(keyOf(element)), element)));
  }
  return { ...ledger, sums: Object.fromEntries(sums), taken: { ...ledger.taken, [network]: { handle, elements } } };
}

/** An element stays until another program flushes its set. Then all of this set began again. */
function notReset(before: readonly CountedElement[], now: readonly CountedElement[]): readonly CountedElement[] {
  const present = new Set(now.map(keyOf));
  const flushed = new Set(before.filter((one) => !present.has(keyOf(one))).map(setOf));
  return before.filter((one) => !flushed.has(setOf(one)));
}

const setOf = ({ counted, address, target }: CountedElement): string =>
  `${counted} ${address.includes(':') ? 6 : 4} ${target === undefined ? 'place' : 'target'}`;

const keyOf = ({ counted, protocol, address, port, target, targetPort }: CountedElement): string =>
  [counted, protocol, address, port, target, targetPort].join(' ');

/** A value only grows, unless another program resets it: then it began at 0 again. */
const since = (before: CountedElement | undefined, now: CountedElement): CountedElement =>
  before === undefined || before.packets > now.packets || before.bytes > now.bytes
    ? now
    : { ...now, packets: now.packets - before.packets, bytes: now.bytes - before.bytes };

function added(usage: Usage, element: CountedElement): Usage {
  switch (element.counted) {
    case 'first':
      return {
        ...usage,
        sent: plus(usage.sent, element),
        connections: usage.connections + element.packets,
      };
    case 'opened':
      return { ...usage, connections: usage.connections + element.packets };
    case 'sent':
      return { ...usage, sent: plus(usage.sent, element) };
    case 'replies':
      return { ...usage, replies: plus(usage.replies, element) };
  }
}

const plus = (one: Counts, other: Counts): Counts => ({
  packets: one.packets + other.packets,
  bytes: one.bytes + other.bytes,
});

/** `renamed`: pairs of the old and the new name. */
export function rename(ledger: Ledger, renamed: readonly (readonly [string, string])[]): Ledger {
  const old = new Set(renamed.map(([name]) => name));
  const kept = Object.entries(ledger.sums).filter(([name]) => !old.has(name));
  const moved = renamed.flatMap(([from, to]) => {
    const usage = ledger.sums[from];
    return usage === undefined ? [] : [[to, usage] as const];
  });
  return { ...ledger, sums: Object.fromEntries([...kept, ...moved]) };
}

/** Without the sums of other forwards. */
export const prune = (ledger: Ledger, names: ReadonlySet<string>): Ledger => ({
  ...ledger,
  sums: Object.fromEntries(Object.entries(ledger.sums).filter(([name]) => names.has(name))),
});

/** Without the values of tables that ended with another boot. */
export const ofBoot = (ledger: Ledger, network: string): Ledger => ({
  ...ledger,
  taken: Object.fromEntries(Object.entries(ledger.taken).filter(([of]) => bootOf(of) === bootOf(network))),
});

const bootOf = (network: string): string => network.split(' ')[0] ?? '';
