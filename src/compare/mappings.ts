import type { Lead } from './read-mappings.ts';

export type LeadDifference =
  /** The kernel lacks it. */
  | { readonly kind: 'missing'; readonly forward: string; readonly lead: Lead }
  /** It leads elsewhere in the kernel, or only its comment is another. */
  | { readonly kind: 'misled' | 'comment'; readonly forward: string; readonly lead: Lead; readonly found: Lead }
  /** Only the kernel has it. */
  | { readonly kind: 'stray'; readonly lead: Lead };

/** Where the kernel leads what the model leads, and what else it leads; neighbouring ports in one. */
export function compareLeads(
  kernel: ReadonlyMap<string, Lead>,
  meant: ReadonlyMap<string, Lead>,
  owners: ReadonlyMap<string, string>,
): LeadDifference[] {
  const ours = [...meant].flatMap(([identity, lead]): LeadDifference[] => {
    const forward = owners.get(lead.element) ?? lead.comment ?? '';
    const found = kernel.get(identity);
    if (found === undefined) return [{ kind: 'missing', forward, lead }];
    if (lead.target.address !== found.target.address || lead.target.port !== found.target.port)
      return [{ kind: 'misled', forward, lead, found }];
    return lead.comment === found.comment ? [] : [{ kind: 'comment', forward, lead, found }];
  });
  const strays = [...kernel]
    .filter(([identity]) => !meant.has(identity))
    .map(([, lead]): LeadDifference => ({ kind: 'stray', lead }));
  return joined([...ours, ...strays].map((difference) => ({ difference, group: groupOf(difference) })).sort(byListen));
}

interface Grouped {
  readonly difference: LeadDifference;
  readonly group: string;
}

/** Strays behind the forwards, each in the order of its listens. */
const byListen = (one: Grouped, other: Grouped): number =>
  compare(one.group, other.group) || one.difference.lead.ports.first - other.difference.lead.ports.first;

/** All that a neighbour must have in common, but for the ports. */
function groupOf(difference: LeadDifference): string {
  const { kind, lead } = difference;
  const { family, protocol, interfaces, address, comment } = lead;
  const name = kind === 'stray' ? [1, comment ?? ''] : [0, difference.forward];
  return JSON.stringify([...name, kind, protocol, family, interfaces, address ?? '', ...targetsOf(difference)]);
}

/** Ports that move by as much as each other belong together. */
const targetsOf = (difference: LeadDifference): unknown[] =>
  ('found' in difference ? [difference.lead, difference.found] : [difference.lead]).flatMap(
    ({ target, ports, comment }) => [
      target.address,
      typeof target.port === 'number' ? target.port - ports.first : target.port,
      comment,
    ],
  );

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function joined(differences: readonly Grouped[]): LeadDifference[] {
  const list: Grouped[] = [];
  for (const one of differences) {
    const last = list.at(-1);
    const { first, last: end } = one.difference.lead.ports;
    if (last?.group === one.group && last.difference.lead.ports.last + 1 === first)
      list[list.length - 1] = { ...last, difference: extended(last.difference, end) };
    else list.push(one);
  }
  return list.map(({ difference }) => difference);
}

function extended<T extends LeadDifference>(difference: T, last: number): T {
  const upTo = (lead: Lead): Lead => ({ ...lead, ports: { first: lead.ports.first, last } });
  return {
    ...difference,
    lead: upTo(difference.lead),
    ...('found' in difference ? { found: upTo(difference.found) } : {}),
  };
}
