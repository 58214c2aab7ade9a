import { newestGeneration } from './history.ts';
import { readStateFile, writeStateFile } from './state-file.ts';
import { removeWindow } from './pending-change.ts';

export type Outcome = 'kept' | 'reverted';

/** How a window ended. */
interface Ended {
  readonly id: string;
  readonly outcome: Outcome;
  /** The newest generation of that moment; 0: there was none. */
  readonly generation: number;
}

export const OUTCOMES_FILE = 'windows.json';

/** Whoever was stopped while waiting, and goes on, finds its own. */
const REMEMBERED = 20;

/** It is over; whoever waits for it learns how it ended. */
export function closeWindow(lasting: string, id: string, outcome: Outcome): void {
  const ended: Ended = { id, outcome, generation: newestGeneration(lasting)?.number ?? 0 };
  const earlier = readOutcomes(lasting).slice(1 - REMEMBERED);
  writeStateFile(lasting, OUTCOMES_FILE, `${JSON.stringify({ version: 1, ended: [...earlier, ended] })}\n`);
  removeWindow(lasting);
}

export const outcomeOf = (lasting: string, id: string): Outcome | undefined =>
  readOutcomes(lasting).findLast((ended) => ended.id === id)?.outcome;

/** The last window went back, and nothing was kept since. */
export function justReverted(lasting: string): boolean {
  const last = readOutcomes(lasting).at(-1);
  return last?.outcome === 'reverted' && last.generation === (newestGeneration(lasting)?.number ?? 0);
}

function readOutcomes(lasting: string): readonly Ended[] {
  try {
    const { version, ended } = JSON.parse(readStateFile(lasting, OUTCOMES_FILE) ?? '{}') as {
      version?: unknown;
      ended?: unknown;
    };
    return version === 1 && Array.isArray(ended) ? (ended as Ended[]) : [];
  } catch {
    return [];
  }
}
