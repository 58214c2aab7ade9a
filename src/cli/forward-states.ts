import { lengthOf, type Forward } from '../model/model.ts';
import type { ForwardChange } from '../plan/compare-forwards.ts';
import type { LeadDifference } from '../plan/compare-leads.ts';
import type { Drifted, KernelComparison } from './compare-kernel.ts';
import type { TableState } from './drift.ts';

type StateOf = (forward: Forward) => TableState;

/** Whether the kernel's table has a forward, of those that are switched on, as the file says. */
export function forwardStates(kernel: KernelComparison): StateOf {
  if (kernel.state !== 'drifted') return () => kernel.state;
  const { model, table } = kernel;
  const changes = new Map((model?.changes ?? []).flatMap(nameAndKind));
  const touched = new Set(table.objects.flatMap((object) => ('forward' in object ? (object.forward ?? []) : [])));
  const gone = new Map<string, number>();
  for (const lead of table.leads) if (lead.kind !== 'stray') countGone(lead, gone);
  return (forward) => {
    const { name } = forward;
    if (changes.get(name) === 'added' || gone.get(name) === portsOf(forward)) return 'missing';
    const isTouched = changes.has(name) || gone.has(name) || touched.has(name);
    return isTouched || concernsAll(kernel) ? 'drifted' : 'in sync';
  };
}

/** A removed one is nobody's any more, even where another has its name. */
const nameAndKind = (change: ForwardChange): [string, ForwardChange['kind']][] =>
  change.kind === 'removed' ? [] : [[change.kind === 'changed' ? change.after.name : change.forward.name, change.kind]];

/** Under the forward's name, the ports that the kernel lacks; of what leads elsewhere, none. */
function countGone(lead: Exclude<LeadDifference, { kind: 'stray' }>, gone: Map<string, number>): void {
  const ports = lead.kind === 'missing' ? lengthOf(lead.lead.ports) : 0;
  gone.set(lead.forward, (gone.get(lead.forward) ?? 0) + ports);
}

const portsOf = ({ listens, protocols }: Forward): number =>
  protocols.length * listens.reduce((sum, { ports }) => sum + lengthOf(ports), 0);

/** What differs in the chains, or in where they stand. */
const concernsAll = ({ model, table }: Drifted): boolean =>
  table.objects.some(({ kind }) => kind !== 'element') ||
  model?.settings.some(({ field }) => field === 'priority') === true;
