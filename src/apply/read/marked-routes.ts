import { STRANGER } from '../../diagnose/replies/uplinks.ts';
import { marksToTargets, type TargetMarks } from '../../diagnose/marks/target-marks.ts';
import type { Host } from '../../host/host.ts';
import { groupBy } from '../../model/group-by.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Model } from '../../model/model.ts';
import type { MarkedLookup, RouteLookup, RouteQuery } from '../../model/routing/route-lookup.ts';
import { servicesByTarget, type Service } from '../../model/routing/services.ts';
import { OWN_TABLES } from './own-tables.ts';

type Kernel = Pick<Host, 'readMarkingTables' | 'routeLookups' | 'routesAround'>;

/**
 * The facts, with the routes of packets that tables of other programs mark, and of those to a service. If no routing rule
 * asks for a mark, a protocol or a port, nothing is read. Without permission to read the tables, marks stay unknown.
 */
export async function withMarkedRoutes(facts: HostFacts, model: Model | undefined, host: Kernel): Promise<HostFacts> {
  if (model === undefined || (facts.ruleMarks === undefined && facts.ruleServices === undefined)) return facts;
  const selections = selectionsOf(await marksOf(model, facts, host), servicesByTarget(model, facts, 'dport'));
  if (selections.size === 0) return facts;
  const found = await ask(selections, facts, host);
  const ways = new Map([...found].map(([target, some]) => [target, waysOf(target, some, selections, facts)] as const));
  const others = [...ways].filter(([target, some]) => some.some(({ lookup }) => !isSame(lookup, usual(target, facts))));
  if (others.length === 0) return facts;
  const several = others.filter(([, some]) => !isSingle(some));
  const replaced = others.filter(([target, some]) => some.every(({ lookup }) => !isSame(lookup, usual(target, facts))));
  const neighbours = new Map(Object.entries(facts.neighbours ?? {}));
  for (const [target] of replaced) neighbours.delete(target);
  const around = others.map(([target]) => [target, found.get(target) ?? []] as const);
  return {
    ...facts,
    routed: [...(facts.routed ?? []), ...(await routesAroundThem(around, facts, host))],
    forwarded: {
      ...facts.forwarded,
      ...Object.fromEntries(replaced.flatMap(([target, [first]]) => (first ? [[target, first.lookup]] : []))),
    },
    ...(facts.neighbours === undefined ? {} : { neighbours: Object.fromEntries(neighbours) }),
    ...(several.length === 0 ? {} : { marked: Object.fromEntries(several) }),
  };
}

const usual = (target: string, { forwarded, lookups }: HostFacts): RouteLookup | undefined =>
  forwarded?.[target] ?? lookups?.[target];

async function marksOf(model: Model, facts: HostFacts, host: Kernel): Promise<ReadonlyMap<string, TargetMarks>> {
  if (facts.ruleMarks === undefined) return new Map();
  return marksToTargets(model, facts, (await host.readMarkingTables(OWN_TABLES)) ?? []);
}

/** What tells packets to one target apart. */
type Selection = Omit<MarkedLookup, 'lookup'>;

type Selections = ReadonlyMap<string, readonly Selection[]>;

function selectionsOf(
  marks: ReadonlyMap<string, TargetMarks>,
  services: ReadonlyMap<string, readonly Service[]> = new Map(),
): Selections {
  const targets = [...new Set([...marks.keys(), ...services.keys()])];
  return new Map(
    targets.map((target) => {
      const byMark = [...(marks.get(target) ?? new Map([[0, undefined]]))];
      const some = services.get(target) ?? [];
      return [
        target,
        byMark.flatMap(([mark, interfaces]) =>
          (some.length === 0 ? [undefined] : some).map((service): Selection => ({ mark, interfaces, service })),
        ),
      ] as const;
    }),
  );
}

interface Question {
  readonly target: string;
  readonly selection: Selection;
  readonly query: RouteQuery;
}

/** One process answers all questions. If routing rules also depend on the client, it is asked about one, too. */
async function ask(
  selections: Selections,
  { neighbours, uplinks = [] }: HostFacts,
  { routeLookups }: Kernel,
): Promise<ReadonlyMap<string, readonly MarkedLookup[]>> {
  const questions = [...selections].flatMap(([target, some]) =>
    some.flatMap((selection) =>
      questionsFor(target, selection, neighbours === undefined ? [] : (selection.interfaces ?? uplinks)),
    ),
  );
  const answers = await routeLookups(questions.map(({ query }) => query));
  const found = new Map<string, MarkedLookup[]>();
  for (const [index, { target, selection, query }] of questions.entries()) {
    const lookup = answers[index] ?? { kind: 'unknown' };
    const known = found.get(target) ?? [];
    found.set(target, known);
    const ofSame = known.filter(({ mark, service }) => mark === selection.mark && service === selection.service);
    // A host that does not forward packets yet answers only the question without a client.
    const counts = query.iif === undefined ? ofSame.length === 0 : !lookup.kind.startsWith('refused');
    if (counts && lookup.kind !== 'unknown' && !ofSame.some((one) => isSame(one.lookup, lookup)))
      known.push({ ...selection, lookup });
  }
  return found;
}

/** The kernel is asked about clients of at most so many interfaces. */
const MAX_ENTRIES = 16;

/** The question without a client comes last. */
function questionsFor(target: string, selection: Selection, entries: readonly string[]): Question[] {
  const { mark, service } = selection;
  if (mark === 0 && service === undefined) return [];
  const query: RouteQuery = { to: target, ...(mark === 0 ? {} : { mark }), service, fibmatch: true };
  const from = STRANGER[target.includes(':') ? 'ip6' : 'ip'];
  return [...entries.slice(0, MAX_ENTRIES).map((iif) => ({ ...query, from, iif })), query].map((one) => ({
    target,
    selection,
    query: one,
  }));
}

const isSame = (one: RouteLookup, other: RouteLookup | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** The ways of all packets to a target; those of packets without a mark and a service were asked before. */
function waysOf(
  target: string,
  found: readonly MarkedLookup[],
  selections: Selections,
  facts: HostFacts,
): readonly MarkedLookup[] {
  const lookup = usual(target, facts);
  const all = selections.get(target) ?? [];
  const unasked = all.filter((one) => !found.some(({ mark, service }) => mark === one.mark && service === one.service));
  const ways = [...found, ...unasked.flatMap((one): MarkedLookup[] => (lookup ? [{ ...one, lookup }] : []))];
  const byMark = groupBy(ways, ({ mark }) => mark);
  const isOneWay = ({ mark, lookup: way }: MarkedLookup): boolean =>
    (byMark.get(mark) ?? []).every((one) => isSame(one.lookup, way));
  const merged = ways.map((way) => (isOneWay(way) ? withoutService(way) : way));
  const distinct = new Map(merged.map((way) => [JSON.stringify(way), way] as const));
  // Marks that change nothing are left out.
  return [...distinct.values()].filter(
    ({ mark, service, ...way }) => mark === 0 || service !== undefined || !isSame(way.lookup, lookup),
  );
}

const withoutService = ({ mark, interfaces, lookup }: MarkedLookup): MarkedLookup => ({ mark, interfaces, lookup });

/** All packets take one way, and their service does not matter. */
const isSingle = (ways: readonly MarkedLookup[]): boolean =>
  ways.every(({ mark, lookup }) => mark === 0 && isSame(lookup, ways[0]?.lookup));

/** The routes around targets, as packets with a mark or of a service take them. */
async function routesAroundThem(
  found: readonly (readonly [string, readonly MarkedLookup[]])[],
  { routed = [], ...facts }: HostFacts,
  { routesAround }: Kernel,
): Promise<NonNullable<HostFacts['routed']>> {
  const groups = new Map<string, Selected>();
  for (const [target, ways] of found)
    for (const { mark, service, lookup } of ways.filter((way) => !isSame(way.lookup, usual(target, facts)))) {
      const packets = { ...(mark === 0 ? {} : { mark }), service };
      const key = JSON.stringify(packets);
      const group = groups.get(key) ?? { packets, lookups: {} };
      group.lookups[target] = lookup;
      groups.set(key, group);
    }
  const all = [...groups.values()].map(async ({ packets, lookups }) => routesAround(lookups, packets));
  const known = new Set(routed.map((route) => JSON.stringify(route)));
  return (await Promise.all(all)).flat().filter((route) => !known.has(JSON.stringify(route)));
}

interface Selected {
  readonly packets: Pick<RouteQuery, 'mark' | 'service'>;
  readonly lookups: Record<string, RouteLookup>;
}
