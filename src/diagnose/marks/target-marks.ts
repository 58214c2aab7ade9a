import type { HostFacts } from '../../model/host-facts.ts';
import { coversInterface } from '../../model/interface-name.ts';
import type { Forward, Model } from '../../model/model.ts';
import { hostBindingsOf, isLoopbackListen, type HostBinding } from '../binding.ts';
import { readChains } from '../firewall/chains.ts';
import { packetAfter, packetBefore } from '../firewall/packet.ts';
import type { Chain, Condition } from '../firewall/rule.ts';
import type { ForeignTable } from '../observations.ts';
import { marksOfConnection } from './follow-marks.ts';

/** The marks that packets to one target can have, with the interfaces through which such packets come in, if not all. */
export type TargetMarks = ReadonlyMap<number, readonly string[] | undefined>;

/** What the tables of other programs do to the packets of clients; only targets whose packets can have a mark. */
export function marksToTargets(
  model: Model,
  facts: HostFacts,
  tables: readonly ForeignTable[],
): ReadonlyMap<string, TargetMarks> {
  const chains = readChains(tables);
  const found = new Map<string, Map<number, Set<string>>>();
  if (!setsMarks(chains)) return new Map();
  const { marksOf, allOf } = marksByEntry(chains, facts);
  for (const binding of hostBindingsOf(model, facts)) {
    if (binding.local || isLoopbackListen(binding)) continue;
    const { address } = binding.forward.target;
    const known = found.get(address) ?? new Map<number, Set<string>>();
    found.set(address, known);
    for (const [name, marks] of marksOf(binding))
      for (const mark of marks) known.set(mark, (known.get(mark) ?? new Set()).add(name));
  }
  const marked = [...found].filter(([, marks]) => marks.size > 1 || !marks.has(0));
  return new Map(
    marked.map(([address, marks]) => [address, new Map([...marks].map(([mark, names]) => [mark, allOf(names)]))]),
  );
}

/** Whether any rule sets the mark of a packet or of a connection. */
const setsMarks = (chains: readonly Chain[]): boolean =>
  chains.some(({ rules }) => [...rules.values()].some((some) => some.some(({ changes }) => changes !== undefined)));

/** A mark that can have any value can have those for which the routing rules ask. */
export const knownMarks = (marks: ReadonlySet<number | undefined>, { ruleMarks = [] }: HostFacts): number[] => [
  ...new Set([...marks].flatMap((mark) => (mark === undefined ? [0, ...ruleMarks] : [mark]))),
];

type Entries = ReadonlyMap<string, readonly number[]>;

/** The marks by the interface through which packets come in. Thousands of forwards often have the same. */
function marksByEntry(
  chains: readonly Chain[],
  facts: HostFacts,
): {
  readonly marksOf: (binding: HostBinding) => Entries;
  /** The interfaces that some of the representatives are for. Undefined: all interfaces. */
  readonly allOf: (representatives: ReadonlySet<string>) => readonly string[] | undefined;
} {
  const conditions = conditionsOf(chains);
  const byForward = conditions.some(({ about }) => about === 'forward');
  const patterns = new Set(conditions.flatMap(({ interfaces = [] }) => interfaces));
  const { named, others } = representatives(facts, [...patterns]);
  const names = [...named, ...others.slice(0, 1)];
  const known = new Map<string, Entries>();
  const marksOf = (binding: HostBinding): Entries => {
    const { forward, listen, protocol } = binding;
    const own = byForward ? [listen, forward.target] : [];
    const key = JSON.stringify([forward.family, protocol, forward.interfaces, own]);
    const found = known.get(key) ?? entriesOf(binding, names, chains, facts);
    known.set(key, found);
    return found;
  };
  const lists = new Map<string, readonly string[]>();
  const allOf = (some: ReadonlySet<string>): readonly string[] | undefined => {
    if (names.every((name) => some.has(name))) return undefined;
    const key = [...some].join(' ');
    const found = lists.get(key) ?? [...some].flatMap((name) => (name === others[0] ? others : [name]));
    lists.set(key, found);
    return found;
  };
  return { marksOf, allOf };
}

const conditionsOf = (chains: readonly Chain[]): Condition[] =>
  [...new Set(chains.flatMap(({ rules }) => [...rules.values()]))].flatMap((some) =>
    some.flatMap(({ conditions }) => conditions),
  );

/** The interfaces that rules name, and the others: of these, one is enough. */
function representatives(
  { addresses, forwarding }: HostFacts,
  patterns: readonly string[],
): Readonly<Record<'named' | 'others', readonly string[]>> {
  const all = [...(forwarding.interfaces ?? []), ...addresses].map((entry) => entry.interface);
  const names = [...new Set(all)].filter((name) => name !== 'lo');
  const isNamed = (name: string): boolean => patterns.some((pattern) => coversInterface(pattern, name));
  return { named: names.filter(isNamed), others: names.filter((name) => !isNamed(name)) };
}

function entriesOf(
  binding: HostBinding,
  names: readonly string[],
  chains: readonly Chain[],
  facts: HostFacts,
): Entries {
  const before = packetBefore(binding);
  const after = { ...packetAfter(binding), leaves: undefined };
  return new Map(
    entriesFor(binding.forward, names).map((name) => {
      const comesIn = [name];
      const packets = { before: { ...before, comesIn }, after: { ...after, comesIn } };
      return [name, knownMarks(marksOfConnection(chains, packets).marks, facts)] as const;
    }),
  );
}

/** The interface of a forward may be created later. */
function entriesFor({ interfaces }: Forward, names: readonly string[]): readonly string[] {
  if (interfaces.length === 0) return names;
  const there = names.filter((name) => interfaces.some((pattern) => coversInterface(pattern, name)));
  return there.length === 0 ? interfaces : there;
}
