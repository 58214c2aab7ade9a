import type { Mapping } from './read-mappings.ts';

export type MappingDifference =
  /** The kernel does not have it. */
  | { readonly kind: 'missing'; readonly forward: string; readonly mapping: Mapping }
  /** In the kernel it has another target, or the same target and another comment. */
  | {
      readonly kind: 'wrong-target' | 'comment';
      readonly forward: string;
      readonly mapping: Mapping;
      readonly found: Mapping;
    }
  /** Only the kernel has it. */
  | { readonly kind: 'unexpected'; readonly mapping: Mapping };

/** Compares by listen. Neighbouring ports that differ alike are one difference. */
export function compareMappings(
  kernel: ReadonlyMap<string, Mapping>,
  desired: ReadonlyMap<string, Mapping>,
  forwardOf: ReadonlyMap<string, string>,
): MappingDifference[] {
  const ours = [...desired].flatMap(([identity, mapping]): MappingDifference[] => {
    const forward = forwardOf.get(mapping.element) ?? mapping.comment ?? '';
    const found = kernel.get(identity);
    if (found === undefined) return [{ kind: 'missing', forward, mapping }];
    if (mapping.target.address !== found.target.address || mapping.target.port !== found.target.port)
      return [{ kind: 'wrong-target', forward, mapping, found }];
    return mapping.comment === found.comment ? [] : [{ kind: 'comment', forward, mapping, found }];
  });
  const unexpected = [...kernel]
    .filter(([identity]) => !desired.has(identity))
    .map(([, mapping]): MappingDifference => ({ kind: 'unexpected', mapping }));
  const all = [...ours, ...unexpected].map((difference) => ({ difference, group: groupOf(difference) }));
  return joined(all.sort(byListen));
}

interface Grouped {
  readonly difference: MappingDifference;
  readonly group: string;
}

/** First those of the forwards, then the unexpected ones; each group by port. */
const byListen = (one: Grouped, other: Grouped): number =>
  compare(one.group, other.group) || one.difference.mapping.ports.first - other.difference.mapping.ports.first;

/** The same for differences that can be joined: they are alike in everything but the ports. */
function groupOf(difference: MappingDifference): string {
  const { kind, mapping } = difference;
  const { family, protocol, interfaces, listenInterface, address, comment } = mapping;
  const name = kind === 'unexpected' ? [1, comment ?? ''] : [0, difference.forward];
  return JSON.stringify([
    ...name,
    kind,
    protocol,
    family,
    interfaces,
    listenInterface ?? '',
    address ?? '',
    ...targetsOf(difference),
  ]);
}

/** Ports that are shifted by the same number belong together. */
const targetsOf = (difference: MappingDifference): unknown[] =>
  ('found' in difference ? [difference.mapping, difference.found] : [difference.mapping]).flatMap(
    ({ target, ports, comment }) => [
      target.address,
      typeof target.port === 'number' ? target.port - ports.first : target.port,
      comment,
    ],
  );

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function joined(differences: readonly Grouped[]): MappingDifference[] {
  const list: Grouped[] = [];
  for (const one of differences) {
    const previous = list.at(-1);
    const { first, last } = one.difference.mapping.ports;
    if (previous?.group === one.group && previous.difference.mapping.ports.last + 1 === first)
      list[list.length - 1] = { ...previous, difference: extended(previous.difference, last) };
    else list.push(one);
  }
  return list.map(({ difference }) => difference);
}

function extended<T extends MappingDifference>(difference: T, last: number): T {
  const upTo = (mapping: Mapping): Mapping => ({ ...mapping, ports: { first: mapping.ports.first, last } });
  return {
    ...difference,
    mapping: upTo(difference.mapping),
    ...('found' in difference ? { found: upTo(difference.found) } : {}),
  };
}
