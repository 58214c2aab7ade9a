import { groupBy } from '../model/group-by.ts';
import type { Flow } from './flow.ts';
import type { StaleFlow } from './stale.ts';

/** The fields that the entries to delete have in common. With all fields of a flow it selects that flow only. */
export type Selector = Pick<Flow, 'family' | 'protocol' | 'destination' | 'replySource'> & Partial<Flow>;

/** If there are more selectors than this, those of one target are joined, unless other flows go to that target. */
const MANY = 64;

/**
 * Selects the stale flows and no others. conntrack(8) reads the whole table for each selector, so there must be few:
 * 10 000 flows of a busy forward share a listen, and 10 000 ports of a range share a target.
 */
export function selectorsOf<F extends Flow>(stale: readonly StaleFlow<F>[], flows: readonly F[]): Selector[] {
  if (stale.length === 0) return [];
  const others = keysOfOthers(stale, flows);
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

/** The keys of the listens and targets of all other flows. */
function keysOfOthers(stale: readonly StaleFlow<Flow>[], flows: readonly Flow[]): ReadonlySet<string> {
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
