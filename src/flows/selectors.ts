import { groupBy } from '../model/group-by.ts';
import type { Flow } from './flow.ts';
import type { StaleFlow } from './stale.ts';

/** What the entries to be deleted have in common; a whole flow selects itself alone. */
export type Selector = Pick<Flow, 'family' | 'protocol' | 'destination' | 'replySource'> & Partial<Flow>;

/** More names than this are joined by target where nothing else goes there. */
const MANY = 64;

/**
 * Names the stale flows to a tool that reads the whole conntrack table for each name: 10 000 flows of a busy
 * forward have one listen, 10 000 ports of a range have one target. No flow but the stale ones is named.
 */
export function selectorsOf<F extends Flow>(stale: readonly StaleFlow<F>[], flows: readonly F[]): Selector[] {
  if (stale.length === 0) return [];
  const others = othersThan(stale, flows);
  const isShared = ({ flow, scope }: StaleFlow<F>): boolean => scope !== 'flow' && !others.has(listenKey(flow));
  const isWide = ({ flow, scope }: StaleFlow<F>): boolean => scope === 'target' && !others.has(targetKey(flow));
  const [shared, alone] = split(stale, isShared);
  const listens = groupBy(shared, ({ flow }) => listenKey(flow));
  const [wide, narrow] = alone.length + listens.size > MANY ? split(shared, isWide) : [[], shared];
  return [
    ...alone.map(({ flow }) => flow),
    ...[...groupBy(narrow, ({ flow }) => listenKey(flow)).values()].map(sameListen),
    ...[...groupBy(wide, ({ flow }) => targetKey(flow)).values()].map(sameTarget),
  ];
}

function split<T>(items: readonly T[], belongs: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))];
}

/** Listens and targets, as keys, of the flows that go on. */
function othersThan(stale: readonly StaleFlow<Flow>[], flows: readonly Flow[]): ReadonlySet<string> {
  const gone = new Set(stale.map(({ flow }) => flow));
  return new Set(flows.flatMap((flow) => (gone.has(flow) ? [] : [listenKey(flow), targetKey(flow)])));
}

type Group = [StaleFlow<Flow>, ...StaleFlow<Flow>[]];

function sameListen(group: readonly StaleFlow<Flow>[]): Selector {
  const [{ flow }, ...more] = group as Group;
  if (more.length === 0) return flow;
  const { destinationPort, replySourcePort } = flow;
  return { ...betweenAddresses(flow), destinationPort, replySourcePort };
}

function sameTarget(group: readonly StaleFlow<Flow>[]): Selector {
  const [{ flow }, ...more] = group as Group;
  return more.length === 0 ? flow : betweenAddresses(flow);
}

const betweenAddresses = ({ family, protocol, destination, replySource, ...flow }: Flow): Selector => ({
  family,
  protocol,
  destination,
  replySource,
  ...(flow.zone === undefined ? {} : { zone: flow.zone }),
  ...(flow.originalZone === undefined ? {} : { originalZone: flow.originalZone }),
  ...(flow.replyZone === undefined ? {} : { replyZone: flow.replyZone }),
});

const targetKey = ({ family, protocol, destination, replySource, zone, originalZone, replyZone }: Flow): string =>
  [family, protocol, destination, replySource, zone, originalZone, replyZone].join(' ');

const listenKey = (flow: Flow): string => `${targetKey(flow)} ${flow.destinationPort} ${flow.replySourcePort}`;
