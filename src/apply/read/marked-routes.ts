import { STRANGER } from '../../diagnose/replies/uplinks.ts';
import { marksToTargets, type TargetMarks } from '../../diagnose/marks/target-marks.ts';
import type { Host } from '../../host/host.ts';
import { GUARD_TABLE } from '../../lower/guard/guard-table.ts';
import { TABLE } from '../../lower/lower.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Model } from '../../model/model.ts';
import type { MarkedLookup, RouteLookup, RouteQuery } from '../../model/routing/route-lookup.ts';

type Kernel = Pick<Host, 'readMarkingTables' | 'routeLookups' | 'routesAround'>;

/**
 * The facts, with the routes of packets that tables of other programs mark. If no routing rule asks for a mark, nothing is
 * read. Without permission to read the tables, marks stay unknown.
 */
export async function withMarkedRoutes(facts: HostFacts, model: Model | undefined, host: Kernel): Promise<HostFacts> {
  if (facts.ruleMarks === undefined || model === undefined) return facts;
  const tables = await host.readMarkingTables([TABLE, GUARD_TABLE]);
  const marks = marksToTargets(model, facts, tables ?? []);
  if (marks.size === 0) return facts;
  const lookups = await askWithMarks(marks, facts, host);
  const unmarked = (target: string): RouteLookup | undefined => facts.forwarded?.[target] ?? facts.lookups?.[target];
  const marked: Record<string, readonly MarkedLookup[]> = {};
  for (const [target, some] of lookups) {
    const others = some.filter(({ lookup }) => !isSame(lookup, unmarked(target)));
    if (others.length > 0) marked[target] = [...others, ...withoutMark(unmarked(target), marks.get(target))];
  }
  if (Object.keys(marked).length === 0) return facts;
  return {
    ...facts,
    routed: [...(facts.routed ?? []), ...(await routesAroundMarked(marked, facts, host))],
    forwarded: { ...facts.forwarded, ...alwaysMarked(marked, marks) },
    marked,
  };
}

/** The way of packets without a mark, if some have none. */
const withoutMark = (lookup: RouteLookup | undefined, marks: TargetMarks | undefined): MarkedLookup[] =>
  lookup !== undefined && marks?.has(0) === true ? [{ mark: 0, interfaces: marks.get(0), lookup }] : [];

interface Question {
  readonly target: string;
  readonly mark: number;
  readonly query: RouteQuery;
}

/** One process answers all questions. If routing rules also depend on the client, it is asked about one, too. */
async function askWithMarks(
  marks: ReadonlyMap<string, TargetMarks>,
  { neighbours, uplinks = [] }: HostFacts,
  { routeLookups }: Kernel,
): Promise<ReadonlyMap<string, readonly MarkedLookup[]>> {
  const questions = [...marks].flatMap(([target, byMark]) =>
    [...byMark].flatMap(([mark, entries]) =>
      questionsFor(target, mark, neighbours === undefined ? [] : (entries ?? uplinks)),
    ),
  );
  const answers = await routeLookups(questions.map(({ query }) => query));
  const found = new Map<string, MarkedLookup[]>();
  for (const [index, { target, mark, query }] of questions.entries()) {
    const lookup = answers[index] ?? { kind: 'unknown' };
    const known = found.get(target) ?? [];
    found.set(target, known);
    const ofMark = known.filter((one) => one.mark === mark);
    // A host that does not forward packets yet answers only the question without a client.
    const counts = query.iif === undefined ? ofMark.length === 0 : !lookup.kind.startsWith('refused');
    if (counts && lookup.kind !== 'unknown' && !ofMark.some((one) => isSame(one.lookup, lookup)))
      known.push({ mark, interfaces: marks.get(target)?.get(mark), lookup });
  }
  return found;
}

/** The kernel is asked about clients of at most so many interfaces. */
const MAX_ENTRIES = 16;

/** The question without a client comes last. */
function questionsFor(target: string, mark: number, entries: readonly string[]): Question[] {
  if (mark === 0) return [];
  const query: RouteQuery = { to: target, mark, fibmatch: true };
  const from = STRANGER[target.includes(':') ? 'ip6' : 'ip'];
  return [...entries.slice(0, MAX_ENTRIES).map((iif) => ({ ...query, from, iif })), query].map((one) => ({
    target,
    mark,
    query: one,
  }));
}

const isSame = (one: RouteLookup, other: RouteLookup | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** Targets to which no packet takes the route without a mark: the route of the first mark is that of clients. */
function alwaysMarked(
  marked: NonNullable<HostFacts['marked']>,
  marks: ReadonlyMap<string, TargetMarks>,
): Record<string, RouteLookup> {
  const found: Record<string, RouteLookup> = {};
  for (const [target, some] of Object.entries(marked)) {
    const possible = [...(marks.get(target)?.keys() ?? [])];
    const [first] = some;
    if (first !== undefined && possible.every((mark) => mark !== 0 && some.some((one) => one.mark === mark)))
      found[target] = first.lookup;
  }
  return found;
}

async function routesAroundMarked(
  marked: NonNullable<HostFacts['marked']>,
  { routed = [] }: HostFacts,
  { routesAround }: Kernel,
): Promise<NonNullable<HostFacts['routed']>> {
  const byMark = new Map<number, Record<string, RouteLookup>>();
  for (const [target, some] of Object.entries(marked))
    for (const { mark, lookup } of some.filter((one) => one.mark !== 0)) {
      const lookups = byMark.get(mark) ?? {};
      lookups[target] = lookup;
      byMark.set(mark, lookups);
    }
  const found = (await Promise.all([...byMark].map(async ([mark, lookups]) => routesAround(lookups, mark)))).flat();
  const known = new Set(routed.map((route) => JSON.stringify(route)));
  return found.filter((route) => !known.has(JSON.stringify(route)));
}
