import { indexBindings } from './bindings.ts';
import { isTranslated, type Flow } from './flow.ts';
import { staleFlows, type Question } from './stale.ts';

/** Flows that bypass a forward, because they began before it was loaded. */
export interface MissedFlows {
  readonly forward: string;
  readonly flows: number;
}

/** In the order of the flows. */
export function missedFlows(question: Omit<Question<Flow>, 'before' | 'keepConnections'>): MissedFlows[] {
  const { after } = question;
  const missed = staleFlows({ ...question, before: after, keepConnections: true }).filter(
    ({ flow }) => !isTranslated(flow),
  );
  if (missed.length === 0) return [];
  const { listeningOn } = indexBindings(after);
  const counts = new Map<string, number>();
  for (const { flow } of missed) {
    const name = listeningOn(flow)[0]?.forward.name ?? '';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([forward, flows]) => ({ forward, flows }));
}
